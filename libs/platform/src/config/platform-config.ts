import { z } from 'zod';

/** What every service has, whatever it does. */
export const platformConfig = {
  MUNIMENT_HOST: z.string().min(1).default('127.0.0.1').describe('address that the public and the admin port listen on'),
  MUNIMENT_ADMIN_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(0)
    .describe('port of /healthz, /readyz, /metrics; 0 takes any free'),
  MUNIMENT_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info').describe('least severe level written'),
  MUNIMENT_OTLP_ENDPOINT: z.url().optional().describe('base URL of an OTLP/HTTP collector; without it traces are not exported'),
  MUNIMENT_DRAIN_SECONDS: z.coerce.number().int().min(0).max(3600).default(30).describe('time that running work gets after SIGTERM'),
};
