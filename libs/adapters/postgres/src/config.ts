import { z } from 'zod';

/** Configuration of this adapter. */
export const postgresConfig = {
  MUNIMENT_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('PostgreSQL 15 or newer, as a member of the role muniment_service'),
  MUNIMENT_DATABASE_POOL: z.coerce
    .number()
    .int()
    .min(4)
    .max(200)
    .default(16)
    .describe('Connections one process may hold; up to half of them hold locks'),
};

export type PostgresConfig = { readonly [Key in keyof typeof postgresConfig]: z.output<(typeof postgresConfig)[Key]> };
