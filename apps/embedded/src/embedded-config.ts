import { z } from 'zod';

/** What the embedded installation reads itself. Everything else in the environment goes on to its services, which check it. */
export const embeddedConfig = {
  MUNIMENT_DATA_DIR: z.string().min(1).default('.muniment').describe('directory that holds everything: database, bytes, logs, token'),
  MUNIMENT_PORT: z.coerce.number().int().min(0).max(65535).default(7180).describe('port of the archive; 0 takes any free'),
  MUNIMENT_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('a PostgreSQL server to use instead of the embedded one'),
};
