import { describe, expect, it } from '@jest/globals';
import { checkEvictionPolicy } from './eviction-policy.js';

const answering = (memory: string) => ({ info: () => Promise.resolve(memory) });

describe('the eviction policy of Redis', () => {
  it('is fine when nothing is evicted, or when the server does not tell', async () => {
    expect(await checkEvictionPolicy(answering('# Memory\r\nused_memory:1\r\nmaxmemory_policy:noeviction\r\n'))).toBeNull();
    expect(await checkEvictionPolicy(answering('# Memory\r\n'))).toBeNull();
  });

  it('is worth a warning when jobs may be evicted', async () => {
    expect(await checkEvictionPolicy(answering('# Memory\r\nmaxmemory_policy:allkeys-lru\r\n'))).toContain('allkeys-lru');
  });
});
