import { parentPort, workerData } from 'node:worker_threads';
import { DualDigest } from '@muniment/formats';
import { digestSlotBytes, digestSlots, digestStreams, type FromDigester, type ToDigester } from './digest-messages.js';

/** Entry file of the digesting thread: both digests of what the other side puts into shared memory. */
const port = parentPort;
if (port === null) throw new Error('This file runs only as a worker thread');
const memory = workerData as SharedArrayBuffer;
const digests = Array.from({ length: digestStreams }, () => new DualDigest());
const answer = (message: FromDigester): void => port.postMessage(message);

port.on('message', (message: ToDigester) => {
  const { stream, kind } = message;
  const digest = digests[stream] ?? new DualDigest();
  if (kind === 'filled') {
    digest.update(Buffer.from(memory, (stream * digestSlots + message.slot) * digestSlotBytes, message.length));
    answer({ kind: 'freed', stream });
    return;
  }
  digests[stream] = new DualDigest();
  if (kind === 'finish') answer({ kind: 'finished', stream, identity: digest.finish() });
});
answer({ kind: 'ready' });
