import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let lines = '';
  const sink = {
    write(line: string) {
      lines += line;
    },
  };
  write(createLogger('test', 'debug', sink));
  return lines;
}

describe('logger', () => {
  it('masks secrets in fields at any depth, in texts and in errors', () => {
    const cause = new Error('GET https://s3/x?X-Amz-Signature=s3cr3t&y=1');
    const lines = linesOf((logger) => {
      logger.info({ a: [{ headers: { Authorization: 's3cr3t', 'set-cookie': 's3cr3t' } }], MUNIMENT_S3_SECRET_KEY: 's3cr3t' }, 'one');
      logger.warn('postgresql://muniment:s3cr3t@db/x');
      logger.error({ err: new Error('sent Bearer s3cr3t', { cause }) }, 'two');
      logger.error(new Error('Basic s3cr3t'));
    });
    expect(lines).not.toContain('s3cr3t');
    expect(lines.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(7);
    expect(lines).toContain('&y=1');
  });

  it('keeps what only resembles a secret', () => {
    const line = linesOf((logger) => {
      logger.info({ token_id: 'tok-1', tokens: 3, big: 5n }, 'kept');
    });
    expect(JSON.parse(line)).toMatchObject({ level: 'info', service: 'test', message: 'kept', token_id: 'tok-1', tokens: 3, big: '5' });
  });

  it('survives a cycle', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(
      linesOf((logger) => {
        logger.info(loop, 'round');
      }),
    ).toContain('round');
  });
});
