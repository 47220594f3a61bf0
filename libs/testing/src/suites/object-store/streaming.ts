import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { peakRss, repeated } from './bytes.js';
import { mebi, freshKey, type StoreSubject } from './subject.js';

/** Memory that does not grow with what streams through. */
export function describeStreaming(subject: StoreSubject): void {
  it('streams 200 MiB in and out with flat memory', async () => {
    const key = freshKey();
    const total = 200 * mebi;
    const chunk = randomBytes(64 * 1024);
    const before = process.memoryUsage.rss();
    const peak = peakRss();
    expect(await subject.store.stage(key, repeated(chunk, total))).toEqual({ size: total });
    let received = 0;
    for await (const piece of (await subject.store.openStaged(key))?.stream ?? []) received += (piece as Buffer).length;
    const grown = (peak.stop() - before) / mebi;
    await subject.store.discard(key);
    expect(received).toBe(total);
    expect(grown).toBeLessThan(120);
  }, 120_000);
}
