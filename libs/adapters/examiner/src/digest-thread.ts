import { parentPort } from 'node:worker_threads';
import { DualDigest } from '@muniment/formats';
import { digestStreams, type FromDigester, type ToDigester } from './digest-messages.js';

/** Entry file of the digesting thread: both digests of the slots that the other side fills. */
const port = parentPort;
if (port === null) throw new Error('This file runs only as a worker thread');
const digests = Array.from({ length: digestStreams }, () => new DualDigest());
const answer = (message: FromDigester, moved: readonly ArrayBuffer[] = []): void => port.postMessage(message, moved);

port.on('message', (message: ToDigester) => {
  const { stream, kind } = message;
  const digest = digests[stream] ?? new DualDigest();
  if (kind === 'filled') {
    const { slot, length } = message;
    digest.update(new Uint8Array(slot, 0, length));
    answer({ kind: 'freed', stream, slot }, [slot]);
    return;
  }
  digests[stream] = new DualDigest();
  if (kind === 'finish') answer({ kind: 'finished', stream, identity: digest.finish() });
});
answer({ kind: 'ready' });
