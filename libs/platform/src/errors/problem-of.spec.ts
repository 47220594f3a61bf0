import { describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import { PushBack, Refusal, refusalCodes, refusalKind } from '@muniment/domain';
import { problem, statusOfKind } from '@muniment/contracts';
import { z } from 'zod';
import { problemOf } from './problem-of.js';

describe('problemOf', () => {
  it('answers every code of the catalogue with the status of its kind', () => {
    for (const code of refusalCodes) {
      const answer = problemOf(new Refusal(code, 'Because.', { status: 200, code: 'forged' }), null);
      expect(problem.parse(answer.problem)).toMatchObject({ code, status: statusOfKind[refusalKind(code)], detail: 'Because.' });
      expect(answer.expected).toBe(true);
    }
  });

  it('tells an anonymous client how to identify itself', () => {
    const { headers } = problemOf(new Refusal('unauthenticated', 'Who are you?'), null);
    expect(headers['WWW-Authenticate']).toEqual([expect.stringMatching(/^Bearer /), expect.stringMatching(/^Basic /)]);
  });

  it('gives the size with a range that cannot be satisfied', () => {
    const { headers } = problemOf(new Refusal('range_not_satisfiable', 'Too far.', { size: 10 }), null);
    expect(headers['Content-Range']).toBe('bytes */10');
  });

  it('says what may be done where a method may not be used', () => {
    const { problem: body, headers } = problemOf(new Refusal('method_not_allowed', 'Not like that.', { allow: ['GET', 'HEAD'] }), null);
    expect(body).toMatchObject({ status: 405, allow: ['GET', 'HEAD'] });
    expect(headers['Allow']).toBe('GET, HEAD');
  });

  it('says when to come back on push-back, in whole seconds', () => {
    const { problem: body, headers } = problemOf(new PushBack('Busy.', 0.2), null);
    expect(body).toMatchObject({ status: 503, code: 'overloaded' });
    expect(headers['Retry-After']).toBe('1');
  });

  it('names the fields that a schema refused', () => {
    const error = z.object({ run: z.object({ id: z.string() }) }).safeParse({ run: {} }).error;
    expect(problemOf(error, null).problem).toMatchObject({
      status: 400,
      code: 'request_malformed',
      errors: [{ path: 'run.id', message: expect.any(String) }],
    });
  });

  it('translates errors of the framework', () => {
    expect(problemOf(new NotFoundException('Cannot GET /x'), null).problem).toMatchObject({ status: 404, code: 'route_not_found' });
    const malformed = Object.assign(new URIError('Failed to decode param'), { status: 400 });
    expect(problemOf(malformed, null).problem).toMatchObject({ status: 400, code: 'request_malformed' });
  });

  it('hides what an unknown error says, and keeps the trace', () => {
    const answer = problemOf(new Error('password authentication failed for user "muniment"'), 'abc');
    expect(answer.expected).toBe(false);
    expect(answer.problem).toMatchObject({ status: 500, code: 'internal_error', trace_id: 'abc' });
    expect(JSON.stringify(answer)).not.toContain('password');
  });
});
