import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, parseConfig } from './parse-config.js';

const shape = {
  MUNIMENT_PORT: z.coerce.number().int().max(65535).describe('public port'),
  MUNIMENT_DATABASE_URL: z.url().describe('where the log is'),
  MUNIMENT_S3_SECRET_KEY: z.string().min(8).optional().describe('secret of the store'),
};
const good = { MUNIMENT_PORT: '80', MUNIMENT_DATABASE_URL: 'postgresql://u:hunter2@h/db' };

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parseConfig', () => {
  it('lists every problem at once, with the purpose of the variable', () => {
    const problems = problemsOf(() =>
      parseConfig(shape, { MUNIMENT_PORT: 'eighty', MUNIMENT_LOG_LEVEL: 'loud', MUNIMENT_PROT: '1', OTHER: 'x' }),
    );
    expect(problems).toHaveLength(4);
    expect(problems[0]).toMatch(/^MUNIMENT_DATABASE_URL: is required \(where the log is\)$/);
    expect(problems[1]).toMatch(/^MUNIMENT_LOG_LEVEL: /);
    expect(problems[2]).toMatch(/^MUNIMENT_PORT: .*\(public port\)$/);
    expect(problems[3]).toBe('MUNIMENT_PROT: no such variable');
  });

  it('never shows a value', () => {
    const env = { ...good, MUNIMENT_DATABASE_URL: 'hunter2', MUNIMENT_S3_SECRET_KEY: 'hunter2' };
    const problems = problemsOf(() => parseConfig(shape, env));
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('takes an empty variable for an absent one and fills defaults', () => {
    const config = parseConfig(shape, { ...good, MUNIMENT_DRAIN_SECONDS: '', MUNIMENT_OTLP_ENDPOINT: '' });
    expect(config).toMatchObject({ MUNIMENT_PORT: 80, MUNIMENT_DRAIN_SECONDS: 30, MUNIMENT_HOST: '127.0.0.1' });
    expect(config).not.toHaveProperty('MUNIMENT_OTLP_ENDPOINT');
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('accepts variables that other parts of the product use', () => {
    expect(() => parseConfig(shape, { ...good, MUNIMENT_TOKEN: 't' })).not.toThrow();
  });

  it('asks the rules between variables', () => {
    const check = (config: { MUNIMENT_PORT: number }): string[] => (config.MUNIMENT_PORT === 80 ? ['80 is taken'] : []);
    expect(problemsOf(() => parseConfig(shape, good, check))).toEqual(['80 is taken']);
  });
});
