import { z } from 'zod';
import type { RefusalKind } from '@muniment/domain';

/** RFC 9457 problem details with our stable `code`. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
});
export type Problem = z.output<typeof problem>;

/** HTTP status of each kind of refusal. 460 is the tus checksum extension's own. */
export const statusOfKind: Readonly<Record<RefusalKind, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  invalid: 400,
  too_large: 413,
  unsatisfiable: 416,
  method_not_allowed: 405,
  not_acceptable: 406,
  not_found: 404,
  conflict: 409,
  gone: 410,
  checksum: 460,
  unprocessable: 422,
};

/** Exit code of the command line for each kind of refusal (docs/cli.md). */
export const exitCodeOfKind: Readonly<Record<RefusalKind, number>> = {
  unauthenticated: 20,
  forbidden: 21,
  not_found: 22,
  conflict: 23,
  gone: 23,
  invalid: 24,
  too_large: 24,
  unsatisfiable: 24,
  method_not_allowed: 24,
  not_acceptable: 24,
  unprocessable: 25,
  checksum: 25,
};
