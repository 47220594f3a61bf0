import { describe, expect, it } from '@jest/globals';
import { objectStoreSuite } from '@muniment/testing';
import { MemoryStore } from '../memory/memory-store.js';
import { MeteredStore } from './metered-store.js';

objectStoreSuite(
  'memory, metered',
  () => Promise.resolve({ store: new MeteredStore(new MemoryStore(), () => undefined), reopen: null, dispose: () => Promise.resolve() }),
  { boundedMemory: false },
);

describe('metered store', () => {
  it('reports durations and outcomes', async () => {
    const ended: string[] = [];
    const store = new MeteredStore(new MemoryStore(), (operation, outcome, seconds) => {
      expect(seconds).toBeGreaterThanOrEqual(0);
      ended.push(`${operation} ${outcome}`);
    });
    await store.stage('staging/a', sourceOf(Buffer.alloc(1000), Buffer.alloc(234)));
    await store.openStaged('staging/a', { start: 0, end: 99 });
    await expect(store.position('staging/b', null)).rejects.toThrow();
    expect(ended).toEqual(['stage done', 'open_staged done', 'position failed']);
  });
});

async function* sourceOf(...chunks: Buffer[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
