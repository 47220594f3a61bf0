import type { NextFunction, Request, Response } from 'express';
import { Refusal } from '@muniment/domain';
import { currentTraceId, problemOf, sendProblem } from '@muniment/platform';

const explanation = 'Text must not contain the character NUL (U+0000).';

/**
 * Refuses (`request_malformed`) text with a NUL anywhere in a request's values: the database stores every character but that one. Also a key named `__proto__`, which
 * schemas pass over in silence.
 */
export function assertStorable(value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new Refusal('request_malformed', explanation);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') throw new Refusal('request_malformed', 'A key must not be named "__proto__".');
      assertStorable(key);
      assertStorable(inner);
    }
  }
}

/** The same for the path and the query of an address. */
export function refuseNulInAddress(request: Request, response: Response, next: NextFunction): void {
  if (!request.originalUrl.includes('%00')) next();
  else sendProblem(request, response, problemOf(new Refusal('request_malformed', explanation), currentTraceId()));
}
