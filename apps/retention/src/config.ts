import { z } from 'zod';

/** Configuration of the retention service alone. */
export const retentionConfig = {
  MUNIMENT_REAPER_AGE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(86_400)
    .describe('Staged bytes and unreferenced blobs younger than this are never removed; longer than any upload takes'),
  MUNIMENT_TICK_SECONDS: z.coerce.number().int().min(1).default(60).describe('How often overdue uploads and due work are looked for'),
  MUNIMENT_REAP_SECONDS: z.coerce.number().int().min(1).default(3_600).describe('How often leftovers are looked for in the object store'),
  MUNIMENT_COLLECTION_MINIMUM_AGE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .default(3_600)
    .describe('Bytes of a content that was verified less than this ago are not deleted by a collection yet'),
  MUNIMENT_LEDGER_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(3_600)
    .describe('How often packages and bytes per repository are counted'),
  MUNIMENT_SWEEP_SECONDS: z.coerce.number().int().min(1).default(3_600).describe('How often packages are looked for whose time is over'),
};

export type RetentionConfig = { readonly [Key in keyof typeof retentionConfig]: z.output<(typeof retentionConfig)[Key]> };
