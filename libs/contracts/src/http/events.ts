import { z } from 'zod';
import { integer } from '../events/values.js';

/** An event, everywhere (design section 6). */
export const eventAnswer = z.object({
  sequence: integer,
  type: z.string(),
  time: z.string(),
  actor: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  revision: integer,
  reason: z.string().optional(),
  payload: z.record(z.string(), z.unknown()),
  payload_digest: z.string(),
});
export type EventAnswer = z.output<typeof eventAnswer>;
