import { describe, expect, it } from '@jest/globals';
import { defaultRetentionPolicy } from '@muniment/domain';
import { parseRetentionPolicy } from '@muniment/formats';
import { read } from './pages.js';

describe('docs/examples', () => {
  it('retention.toml says what is shipped, in full', () => {
    const text = read('docs/examples/retention.toml');
    expect(parseRetentionPolicy(new TextEncoder().encode(text))).toEqual(defaultRetentionPolicy);
    for (const { name, durationSeconds } of defaultRetentionPolicy.classes) {
      expect(text).toContain(`[classes.${name}]\n${durationSeconds === null ? '' : 'default_duration_seconds = '}`);
    }
    expect(text).toContain(`keep = ${defaultRetentionPolicy.curatedKeep}`);
  });
});
