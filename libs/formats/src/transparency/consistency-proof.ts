import type { Hash } from './merkle.js';
import { NoteError } from './note.js';

/** That a checkpoint continues an older tree, in the form of a request to a log witness (C2SP tlog-witness, add-checkpoint). */
export interface ConsistencyProof {
  /** Size of the older tree. */
  readonly older: number;
  readonly hashes: readonly Hash[];
  /** The whole signed note of the newer tree. */
  readonly checkpoint: string;
}

export function writeConsistencyProof({ older, hashes, checkpoint }: ConsistencyProof): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
  return `old ${older}\n${lines}\n${checkpoint}`;
}

export function parseConsistencyProof(text: string): ConsistencyProof {
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, end).split('\n');
  const older = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  if (end < 0 || older === undefined || lines.length > 63 || lines.some((line) => !/^[A-Za-z0-9+/]{43}=$/.test(line))) {
    throw new NoteError('not a consistency proof');
  }
  return { older: Number(older), hashes: lines.map((line) => Buffer.from(line, 'base64')), checkpoint: text.slice(end + 2) };
}
