import { socketReads } from './digest-from-cache.js';
import { cpuSeconds, interleaved, median, report } from './paired-runs.js';

/**
 * For information: why bytes cross threads in slots that move (ADR 0021). What it costs to copy what a socket delivers into memory that two threads share, relative
 * to memory that one of them has at a time.
 */
const gib = 1024 ** 3;
const chunk = Buffer.alloc(socketReads.bytes, 'muniment');
const slotBytes = 256 * 1024;

/** Each chunk goes where the last one ended: after a short first one, at an address that is aligned to nothing. */
function copyInto(memory: ArrayBufferLike): void {
  for (let done = 0; done < gib; done += chunk.length)
    new Uint8Array(memory, (done % slotBytes) + chunk.length - socketReads.missing).set(chunk);
}

const contestants = {
  shared: () => cpuSeconds(() => copyInto(new SharedArrayBuffer(slotBytes + 2 * chunk.length))),
  moved: () => cpuSeconds(() => copyInto(new ArrayBuffer(slotBytes + 2 * chunk.length))),
};
for (const warmUp of Object.values(contestants)) await warmUp();
const runs = await interleaved(contestants, 5);
const cost = (name: keyof typeof contestants): string => `${name} ${median(runs.map((r) => r[name])).toFixed(3)} CPU s/GiB`;
const ratios = runs.map((r) => r.shared / r.moved);
report(
  'copying into memory that threads share, relative to memory that moves',
  ratios,
  null,
  'ratio',
  `${cost('shared')}, ${cost('moved')}`,
);
