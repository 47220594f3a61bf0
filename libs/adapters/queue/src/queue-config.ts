import { z } from 'zod';

/** What a service that adds or handles jobs must know; merged with the other fragments of the service. */
export const queueConfig = {
  MUNIMENT_QUEUE_BACKEND: z
    .enum(['redis', 'postgres'])
    .default('redis')
    .describe(
      'Where jobs wait: redis (Redis or Valkey, MUNIMENT_REDIS_URL) or postgres (the database of MUNIMENT_DATABASE_URL, no Redis needed)',
    ),
  MUNIMENT_REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Redis or Valkey of the job queue, redis:// or rediss://; must run with maxmemory-policy noeviction. May hold a password'),
  MUNIMENT_QUEUE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_{}-]+$/)
    .default('muniment')
    .describe('Prefix of all Redis keys of the queue; braces make a hash tag for Redis Cluster. Not used by the postgres backend'),
  MUNIMENT_JOB_LOCK_MS: z.coerce
    .number()
    .int()
    .min(500)
    .max(600_000)
    .default(30_000)
    .describe('Milliseconds after which the job of a killed worker may be taken over; workers renew their locks while they live'),
};

/** The parsed fragment, and the database address that the postgres backend shares with the event log. */
export type QueueConfig = Readonly<z.output<z.ZodObject<typeof queueConfig>>> & {
  readonly MUNIMENT_DATABASE_URL?: string | undefined;
};
