import { z } from 'zod';
import type { CollectionSettings } from '@muniment/application';
import type { ConfigOf } from '@muniment/platform';

const decade = 10 * 365 * 86_400;

/** What collections may do, for the services that plan, start and carry them out: they must be told the same. */
export const collectionConfig = {
  MUNIMENT_COLLECTION: z
    .enum(['off', 'manual', 'automatic'])
    .default('off')
    .describe('Deletion of what is eligible: only plans, when somebody starts it, or by itself after each sweep'),
  MUNIMENT_COLLECTION_GRACE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(decade)
    .default(86_400)
    .describe('How long a package stays eligible before a collection may put it into the trash'),
  MUNIMENT_TRASH_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(decade)
    .default(604_800)
    .describe('How long a package stays in the trash, from where it can be restored, before a collection may delete its files'),
  MUNIMENT_COLLECTION_MAX_SHARE_PERCENT: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('Brake: one collection may take at most this share of all packages and of all bytes, unless somebody overrides it'),
};

export type CollectionConfig = Readonly<ConfigOf<typeof collectionConfig>>;

/** The settings as the use cases know them. */
export function collectionSettings(config: CollectionConfig): CollectionSettings {
  return {
    mode: config.MUNIMENT_COLLECTION,
    graceSeconds: config.MUNIMENT_COLLECTION_GRACE_SECONDS,
    trashSeconds: config.MUNIMENT_TRASH_SECONDS,
    maxSharePercent: config.MUNIMENT_COLLECTION_MAX_SHARE_PERCENT,
  };
}
