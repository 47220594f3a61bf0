import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, DigestMismatch, UnexpectedAnswer } from '@muniment/client';
import { exitCodeOfKind, statusOfKind } from '@muniment/contracts';
import { Refusal, refusalCodes, refusalKind } from '@muniment/domain';
import { CliError, exitCodes, failureOf } from './exit-codes.js';

describe('exit codes', () => {
  it('stand in docs/cli.md, each with its name', () => {
    const documented = [
      ...readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8').matchAll(/^\| (\d+) +\| (?:`(\w+)`)? *\|/gm),
    ];
    const rows = documented.map(([, code, name]) => `${code ?? ''} ${name ?? ''}`.trim());
    const own = Object.entries(exitCodes).map(([name, code]) => (code === 0 ? '0' : `${code} ${name}`));
    const refusals = [...new Set(Object.values(exitCodeOfKind))].map(String);
    expect(rows.sort()).toEqual([...own, ...refusals].sort());
  });

  it('are the documented numbers', () => {
    expect(exitCodes).toEqual({
      ok: 0,
      failed: 1,
      usage: 2,
      nothing_found: 3,
      timeout: 4,
      download_failed: 5,
      no_archive: 6,
      connection: 10,
      digest_mismatch: 11,
      check_failed: 12,
      log_inconsistent: 13,
      server_failed: 14,
      not_checkable: 15,
      interrupted: 130,
    });
  });

  it.each(refusalCodes)('%s means the same whether found here or told by the server', (code) => {
    const kind = refusalKind(code);
    const here = failureOf(new Refusal(code, 'why'));
    const there = failureOf(new ApiError(statusOfKind[kind], code, 'why'));
    expect(here).toMatchObject({ exit: exitCodeOfKind[kind], code });
    expect(there).toMatchObject({ exit: exitCodeOfKind[kind], code });
  });

  it.each([
    [401, 20],
    [403, 21],
    [404, 22],
    [409, 23],
    [410, 23],
    [400, 24],
    [418, 24],
    [422, 25],
    [460, 25],
    [429, 10],
    [503, 10],
    [500, 14],
  ])('an answer %i with a code nobody knows is %i', (status, exit) => {
    expect(failureOf(new ApiError(status, 'of_a_newer_server', 'x')).exit).toBe(exit);
  });

  it('tell apart silence, wrong bytes, wrong answers, own refusals and defects', () => {
    expect(failureOf(new ConnectionError('http://x', new Error('refused'))).exit).toBe(10);
    expect(failureOf(new DigestMismatch('f', 'a', 'b')).exit).toBe(11);
    expect(failureOf(new UnexpectedAnswer('x')).exit).toBe(14);
    expect(failureOf(new CliError('nothing_found', 'x')).exit).toBe(3);
    expect(failureOf(new TypeError('x')).exit).toBe(1);
    expect(failureOf(new DOMException('stop', 'AbortError')).exit).toBe(130);
  });
});
