import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defaultRetentionPolicy } from '@muniment/domain';
import { ConfigError } from '@muniment/platform';
import { retentionPolicyOf } from './retention-policy.js';

describe('the retention policy of an archive', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'policy-'));
    file = join(directory, 'retention.toml');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function problemsOf(): readonly string[] {
    try {
      retentionPolicyOf({ MUNIMENT_RETENTION_POLICY: file });
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    throw new Error('was accepted');
  }

  it('is the shipped one without a file', () => {
    expect(retentionPolicyOf({})).toBe(defaultRetentionPolicy);
  });

  it('is what the file says', () => {
    writeFileSync(file, '[curated]\nkeep = 5\n');
    expect(retentionPolicyOf({ MUNIMENT_RETENTION_POLICY: file })).toEqual({ ...defaultRetentionPolicy, curatedKeep: 5 });
  });

  it('stops a service from starting when the file is wrong, and says where', () => {
    writeFileSync(file, '[curated]\nkeep = "3"\n[classes.transient]\nduration = 1\n');
    expect(problemsOf()).toEqual([
      `MUNIMENT_RETENTION_POLICY: ${file}: line 2, column 1, curated.keep: must be a whole number from 0 to 1000`,
      `MUNIMENT_RETENTION_POLICY: ${file}: line 3, column 2, classes.transient: lacks default_duration_seconds`,
      `MUNIMENT_RETENTION_POLICY: ${file}: line 4, column 1, classes.transient.duration: is no key of a class; there is default_duration_seconds`,
    ]);
  });

  it('stops a service from starting when there is no such file', () => {
    expect(problemsOf()).toEqual([`MUNIMENT_RETENTION_POLICY: ${file} cannot be read`]);
  });
});
