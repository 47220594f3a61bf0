import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { abandoned, ended, failed, leash, readBytes, side, stepAt, type PairMemory } from './pair-memory.js';

/** Entry file of the partner thread of a paired digest: SHA-256 of the file that the other side has open. */
const port = parentPort;
if (port === null) throw new Error('This file runs only as a worker thread');
const memory = workerData as PairMemory;
const progress = new Int32Array(memory.progress);
const buffer = Buffer.allocUnsafeSlow(readBytes);

port.on('message', (fd: number) => {
  let outcome: number = failed;
  try {
    if (digestFile(fd)) outcome = ended;
  } catch {
    // The reader meets the same error, or says that this side could not read.
  }
  tell(outcome);
});
port.postMessage('ready');

/** False when the reader gave the file up. */
function digestFile(fd: number): boolean {
  const hash = createHash('sha256');
  for (let at = 0; ; tell(stepAt(at))) {
    if (!mayGoOn(stepAt(at))) return false;
    const length = readSync(fd, buffer, 0, buffer.length, at);
    at += length;
    if (length > 0) hash.update(length === buffer.length ? buffer : buffer.subarray(0, length));
    else {
      Buffer.from(memory.digest).set(hash.digest());
      new BigInt64Array(memory.size)[0] = BigInt(at);
      return true;
    }
  }
}

function mayGoOn(step: number): boolean {
  for (;;) {
    const reader = Atomics.load(progress, side.reader);
    if (reader === abandoned) return false;
    if (step - reader <= leash) return true;
    Atomics.wait(progress, side.reader, reader);
  }
}

function tell(step: number): void {
  Atomics.store(progress, side.partner, step);
  Atomics.notify(progress, side.partner);
}
