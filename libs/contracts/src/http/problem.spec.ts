import { describe, expect, it } from '@jest/globals';
import { refusalCodes, refusalKind } from '@muniment/domain';
import { exitCodeOfKind, problem, statusOfKind } from './problem.js';

describe('a refusal at the edges', () => {
  it.each(refusalCodes.map((code) => [code] as const))(
    '%s is a client error over HTTP and a refusal of its own kind to the shell',
    (code) => {
      const status = statusOfKind[refusalKind(code)];
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      const exit = exitCodeOfKind[refusalKind(code)];
      expect(exit).toBeGreaterThanOrEqual(20);
      expect(exit).toBeLessThanOrEqual(25);
    },
  );

  it('keeps the statuses that protocols fix', () => {
    const { unauthenticated, unsatisfiable, checksum, gone, conflict } = statusOfKind;
    // RFC 9110 401 and 416; tus checksum extension 460; tus expiration 410; tus core 409
    expect({ unauthenticated, unsatisfiable, checksum, gone, conflict }).toEqual({
      unauthenticated: 401,
      unsatisfiable: 416,
      checksum: 460,
      gone: 410,
      conflict: 409,
    });
  });

  it('may carry facts beside the fields of RFC 9457', () => {
    const sent = { type: 'about:blank', title: 'Conflict', status: 409, code: 'path_conflict', detail: 'Taken.', path: 'a' };
    expect(problem.parse(sent)).toEqual(sent);
  });
});
