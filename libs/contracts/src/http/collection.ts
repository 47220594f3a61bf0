import { z } from 'zod';
import { collectionPlan } from '../events/collection.js';
import { integer } from '../events/values.js';

const instantText = z.string();
const anyInstant = z.iso.datetime({ offset: true });

export const planBody = z.strictObject({ limit: z.int().positive().max(10_000).optional() });

/** A plan is a dry run: nothing is recorded. Its digest is what starting it asks for. */
export const planAnswer = z.object({
  plan_digest: z.string(),
  plan: collectionPlan,
  packages: integer,
  bytes: integer,
  brake: z.object({
    tripped: z.boolean(),
    max_share_percent: integer,
    archive_packages: integer,
    archive_bytes: integer,
  }),
});
export type PlanBody = z.output<typeof planBody>;
export type PlanAnswer = z.output<typeof planAnswer>;

export const startCollectionBody = z.strictObject({
  plan_digest: z.string(),
  as_of: anyInstant,
  limit: z.int().positive().max(10_000).optional(),
  reason: z.string().max(10_000),
  override_brake: z.boolean().optional(),
});
export type StartCollectionBody = z.output<typeof startCollectionBody>;

export const collectionAnswer = z.object({
  collection_id: z.string(),
  state: z.enum(['running', 'completed']),
  plan_digest: z.string(),
  as_of: instantText,
  started_at: instantText,
  started_by: z.string(),
  reason: z.string().nullable(),
  planned: z.object({ trash: integer, purge: integer }),
  completed_at: instantText.nullable(),
  /** While it runs, what was done so far. */
  result: z.object({
    trashed: integer,
    purged: integer,
    skipped: integer,
    locations_deleted: integer,
    bytes_reclaimed: integer,
  }),
});
export type CollectionAnswer = z.output<typeof collectionAnswer>;
export const collectionListAnswer = z.object({ collections: z.array(collectionAnswer) });
export type CollectionListAnswer = z.output<typeof collectionListAnswer>;

export const ledgerAnswer = z.object({
  entries: z.array(
    z.object({
      /** Null: the whole archive. */
      repository: z.string().nullable(),
      packages: integer,
      logical_bytes: integer,
      unique_bytes: integer,
      trash_bytes: integer,
      measured_at: instantText,
    }),
  ),
});
export type LedgerAnswer = z.output<typeof ledgerAnswer>;
