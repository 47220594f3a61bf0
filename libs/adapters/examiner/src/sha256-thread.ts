import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { abandoned, control, pairSlotBytes, pairSlots, type PairMemory } from './pair-memory.js';

/** Entry file of the partner thread of a paired digest: SHA-256 of what the reading thread puts into shared memory. */
const port = parentPort;
if (port === null) throw new Error('This file runs only as a worker thread');
const memory = workerData as PairMemory;
const words = new Int32Array(memory.control);

port.on('message', digestOneFile);
port.postMessage('ready');

function digestOneFile(): void {
  const hash = createHash('sha256');
  for (let turn = 0; ; turn++) {
    // turn slots have been consumed, so an equal count means that nothing new has been filled
    while (Atomics.load(words, control.filled) === turn) Atomics.wait(words, control.filled, turn);
    const slot = turn % pairSlots;
    const length = words[control.lengths + slot] ?? abandoned;
    if (length > 0) hash.update(Buffer.from(memory.slots, slot * pairSlotBytes, length));
    else if (length === 0) Buffer.from(memory.digest).set(hash.digest());
    Atomics.add(words, control.consumed, 1);
    Atomics.notify(words, control.consumed);
    if (length <= 0) return;
  }
}
