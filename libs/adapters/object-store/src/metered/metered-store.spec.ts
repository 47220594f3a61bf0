import { describe, expect, it } from '@jest/globals';
import { objectStoreSuite } from '@muniment/testing';
import { MemoryStore } from '../memory/memory-store.js';
import { MeteredStore } from './metered-store.js';
import type { ObjectStoreRecorder } from './recorder.js';

class Tally implements ObjectStoreRecorder {
  readonly operations: string[] = [];
  readonly moved = { in: 0, out: 0 };
  operation(backend: string, operation: string, outcome: string, seconds: number): void {
    expect(seconds).toBeGreaterThanOrEqual(0);
    this.operations.push(`${backend} ${operation} ${outcome}`);
  }
  bytes(_backend: string, direction: 'in' | 'out', count: number): void {
    this.moved[direction] += count;
  }
}

objectStoreSuite(
  'memory, metered',
  () => Promise.resolve({ store: new MeteredStore(new MemoryStore(), new Tally()), reopen: null, dispose: () => Promise.resolve() }),
  { boundedMemory: false },
);

describe('metered store', () => {
  it('reports bytes in and out, durations and outcomes', async () => {
    const tally = new Tally();
    const store = new MeteredStore(new MemoryStore(), tally);
    await store.stage('staging/a', sourceOf(Buffer.alloc(1000), Buffer.alloc(234)));
    for await (const chunk of (await store.openStaged('staging/a', { start: 0, end: 99 }))?.stream ?? []) expect(chunk).toBeDefined();
    await expect(store.position('staging/b', null)).rejects.toThrow();
    expect(tally.moved).toEqual({ in: 1234, out: 100 });
    expect(tally.operations).toEqual(['memory stage done', 'memory open_staged done', 'memory position failed']);
  });
});

async function* sourceOf(...chunks: Buffer[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
