import { z } from 'zod';
import { integer, plainValue } from '../events/values.js';

const instantText = z.string();
/** Mandatory. Left out it is blank, so that the answer is `reason_required` either way. */
const reason = z.string().max(10_000).default('').describe('Mandatory: blank or left out is refused with reason_required');
/** RFC 3339 with any offset; the archive keeps UTC and milliseconds. */
const anyInstant = z.iso.datetime({ offset: true });

export const reasonAnswer = z.object({ code: z.string(), text: z.string() });

/** The retention object of design section 6. */
export const retentionAnswer = z.object({
  retention_class: z.string(),
  current_expires_at: instantText.nullable(),
  eligible_for_deletion: z.boolean(),
  eligible_since: instantText.nullable(),
  active_holds: z.array(z.object({ hold_id: z.string(), reason: z.string(), actor: z.string(), applied_at: instantText })),
  curated_since: instantText.nullable(),
  trash: z.object({ since: instantText, purge_after: instantText }).nullable(),
  collected_at: instantText.nullable(),
  reasons: z.array(reasonAnswer),
  next_change_at: instantText.nullable(),
});
export type RetentionAnswer = z.output<typeof retentionAnswer>;

export const extensionBody = z.strictObject({ new_expires_at: anyInstant, reason });
export const holdBody = z.strictObject({ reason });
export const holdAnswer = z.object({ hold_id: z.string() });
export const releaseBody = z.strictObject({ reason });
export const restorationBody = z.strictObject({ reason });
export type ExtensionBody = z.output<typeof extensionBody>;
export type HoldAnswer = z.output<typeof holdAnswer>;

export const validationBody = z.strictObject({ result: z.enum(['passed', 'failed']), report: plainValue.optional() });
export const validationAnswer = z.object({
  validation_id: z.string(),
  package_id: z.string(),
  result: z.enum(['passed', 'failed']),
  validated_at: instantText,
  curated: z.boolean(),
});
export type ValidationBody = z.output<typeof validationBody>;
export type ValidationAnswer = z.output<typeof validationAnswer>;

export const sweepBody = z.strictObject({ now: anyInstant.optional(), dry_run: z.boolean().optional() });
/** With `dry_run` the packages a sweep would mark, and nothing is recorded. */
export const sweepAnswer = z.object({
  now: instantText,
  dry_run: z.boolean(),
  marked_package_ids: z.array(z.string()),
  marked_count: integer,
});
export type SweepBody = z.output<typeof sweepBody>;
export type SweepAnswer = z.output<typeof sweepAnswer>;

export const previewAnswer = z.object({
  at: instantText,
  without_hold: z.string().nullable(),
  packages: z.array(z.object({ package_id: z.string(), repository: z.string(), name: z.string(), retention: retentionAnswer })),
  next: z.string().nullable(),
});
export type PreviewAnswer = z.output<typeof previewAnswer>;

export const classesAnswer = z.object({
  classes: z.array(z.object({ name: z.string(), default_duration_seconds: integer.nullable() })),
  curated_keep: integer,
});
export type ClassesAnswer = z.output<typeof classesAnswer>;
