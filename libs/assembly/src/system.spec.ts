import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { systemIds } from './system.js';

describe('systemIds', () => {
  it('are UUIDs of version 7, never the same one twice', () => {
    const ids = Array.from({ length: 5_000 }, () => systemIds.next());
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sort by the time they were made', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) {
      ids.push(systemIds.next());
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect([...ids].sort()).toEqual(ids);
  });
});
