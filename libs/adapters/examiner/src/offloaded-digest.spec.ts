import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamDigest } from '@muniment/application';
import { identify } from '@muniment/formats';
import { createStreamDigests } from './create-stream-digests.js';
import { digestSlotBytes, digestStreams } from './digest-messages.js';
import { OffloadedDigest } from './offloaded-digest.js';

const digests = createStreamDigests();
const large = 16 * 1024 * 1024;

function pattern(length: number, seed: number): Buffer {
  return Buffer.alloc(length, `pattern ${seed}`);
}

async function feed(digest: StreamDigest, bytes: Buffer, step: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += step) {
    const chunk = Buffer.from(bytes.subarray(at, at + step));
    await digest.update(chunk);
    // the digest must not look at it any more
    chunk.fill(0xff);
  }
}

beforeAll(() => digests.ready());
afterAll(() => digests.close());

it('small and unannounced streams are digested where they arrive', () => {
  for (const size of [null, 0, large - 1]) expect(digests.begin(size)).not.toBeInstanceOf(OffloadedDigest);
});

// One core has no second one.
(availableParallelism() < 2 ? describe.skip : describe)('digests on a second core', () => {
  it.each([
    [0, 1],
    [1, 1],
    [digestSlotBytes, 65_536],
    [5 * digestSlotBytes + 1, 65_536],
    [9_000_000, 700_001],
    [9_000_000, 5_000_000],
  ])('agree with the plain digest on %i bytes in chunks of %i', async (length, step) => {
    const bytes = pattern(length, length);
    const digest = digests.begin(large);
    expect(digest).toBeInstanceOf(OffloadedDigest);
    await feed(digest, bytes, step);
    expect(digest.size).toBe(length);
    expect(await digest.finish()).toEqual(identify(bytes));
    digest.end();
  });

  it('do not mix up streams, and leave what is too many to its own thread', async () => {
    const streams = Array.from({ length: digestStreams + 1 }, (_, n) => ({ bytes: pattern(3_000_000, n), digest: digests.begin(large) }));
    expect(streams.map(({ digest }) => digest instanceof OffloadedDigest)).toEqual(streams.map((_, n) => n < digestStreams));
    await Promise.all(streams.map(({ digest, bytes }) => feed(digest, bytes, 65_536)));
    for (const { digest, bytes } of streams) {
      expect(await digest.finish()).toEqual(identify(bytes));
      digest.end();
    }
  });

  it('forget a stream that broke off before the next one uses its memory', async () => {
    for (const length of [0, 1, 3_000_000]) {
      const broken = Array.from({ length: digestStreams }, () => digests.begin(large));
      for (const digest of broken) await feed(digest, pattern(length, 1), 65_536);
      for (const digest of broken) digest.end();
      let digest = digests.begin(large);
      while (!(digest instanceof OffloadedDigest)) {
        await new Promise((resolve) => setImmediate(resolve));
        digest = digests.begin(large);
      }
      await feed(digest, pattern(4_000_000, 2), 65_536);
      expect(await digest.finish()).toEqual(identify(pattern(4_000_000, 2)));
      digest.end();
    }
  });

  it('fail, when their thread is gone, what it had, and do without it afterwards', async () => {
    const mortal = createStreamDigests();
    await mortal.ready();
    const [one, other] = [mortal.begin(large), mortal.begin(large)];
    await feed(one, pattern(100, 1), 100);
    const [outcome] = await Promise.allSettled([one.finish(), mortal.close()]);
    // The answer may have been on its way when the thread was told to go; then it has to be the right one.
    expect(outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as Error).message).toEqual(
      outcome.status === 'fulfilled' ? identify(pattern(100, 1)) : expect.stringContaining('gone'),
    );
    await expect(Promise.resolve(other.update(pattern(100, 1)))).rejects.toThrow('gone');
    expect(() => other.end()).not.toThrow();
    expect(mortal.begin(large)).not.toBeInstanceOf(OffloadedDigest);
  });
});
