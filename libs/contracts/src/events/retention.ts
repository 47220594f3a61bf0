import { z } from 'zod';
import { declareEvent } from './event.js';
import { blake3, instant, integer, sha256 } from './values.js';

export const retentionDefaultApplied = declareEvent({
  type: 'v1.retention.default_applied',
  description: 'The retention class was validated and the first expiry computed from it',
  payload: z.strictObject({ retention_class: z.string(), expires_at: instant.nullable() }),
});

export const retentionExtended = declareEvent({
  type: 'v1.retention.extended',
  description: 'Somebody moved the expiry later, with a reason',
  payload: z.strictObject({ previous_expires_at: instant, new_expires_at: instant, extended_at: instant }),
});

export const holdApplied = declareEvent({
  type: 'v1.retention.hold_applied',
  description: 'Somebody stopped deletion until the hold is released, with a reason',
  payload: z.strictObject({ hold_id: z.uuid(), applied_at: instant }),
});

export const holdReleased = declareEvent({
  type: 'v1.retention.hold_released',
  description: 'Somebody ended one hold, with a reason; others may go on',
  payload: z.strictObject({ hold_id: z.uuid(), released_at: instant, remaining_holds: integer }),
});

export const deletionEligible = declareEvent({
  type: 'v1.retention.deletion_eligible',
  description: 'Past its expiry, not held, not curated: the package may be deleted',
  payload: z.strictObject({ as_of: instant, expires_at: instant }),
});

export const promoted = declareEvent({
  type: 'v1.retention.promoted',
  description: 'The package joined the curated set of its repository and name and stays whatever its class says',
  payload: z.strictObject({ promoted_at: instant }),
});

export const demoted = declareEvent({
  type: 'v1.retention.demoted',
  description: 'The package left the curated set; its own expiry counts again',
  payload: z.strictObject({ demoted_at: instant, cause: z.enum(['superseded', 'validation_failed']) }),
});

export const trashed = declareEvent({
  type: 'v1.retention.trashed',
  description: 'First step of deletion: the files are not served any more, and not gone before `purge_after`',
  payload: z.strictObject({ collection_id: z.uuid(), trashed_at: instant, purge_after: instant }),
});

export const restored = declareEvent({
  type: 'v1.retention.restored',
  description: 'The package came back from the trash',
  payload: z.strictObject({ restored_at: instant, cause: z.enum(['asked', 'extended', 'held', 'promoted']) }),
});

const collectedFiles = z.array(z.strictObject({ path: z.string(), sha256, blake3: blake3.nullable(), size: integer }));

export const collected = declareEvent({
  type: 'v1.retention.collected',
  description: 'Tombstone: the package gave up its files; which rule let it go, what was checked, and every file by its digests',
  payload: z.strictObject({
    collection_id: z.uuid(),
    collected_at: instant,
    rule: z.strictObject({
      retention_class: z.string(),
      expires_at: instant,
      eligible_since: instant,
      trashed_at: instant,
      purge_after: instant,
    }),
    checked: z.strictObject({ active_holds: integer, released_holds: z.array(z.string()), curated: z.boolean() }),
    manifest_digest: z.string().nullable(),
    released: collectedFiles,
    kept: collectedFiles,
  }),
});
