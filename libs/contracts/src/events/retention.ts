import { z } from 'zod';
import { declareEvent } from './event.js';
import { instant } from './values.js';

export const retentionDefaultApplied = declareEvent({
  type: 'v1.retention.default_applied',
  description: 'The retention class was validated and the first expiry computed from it',
  payload: z.strictObject({ retention_class: z.string(), expires_at: instant.nullable() }),
});
