import { NoteError } from './note.js';
import type { Hash } from './merkle.js';

const header = 'c2sp.org/tlog-proof@v1';

/** That an entry is in the log of a checkpoint, as one file (C2SP tlog-proof). */
export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Hash[];
  /** The whole signed note. */
  readonly checkpoint: string;
  /** Beside the proof and not vouched for by the format; ours hold the entry itself, which its hash then proves. */
  readonly extra?: Uint8Array;
}

export function writeTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
  const beside = extra === undefined ? '' : `extra ${Buffer.from(extra).toString('base64')}\n`;
  return `${header}\n${beside}index ${index}\n${lines}\n${checkpoint}`;
}

export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  const [first, ...rest] = text.slice(0, end).split('\n');
  const extra = /^extra ([A-Za-z0-9+/]+={0,2})$/.exec(rest[0] ?? '')?.[1];
  const [second = '', ...lines] = extra === undefined ? rest : rest.slice(1);
  const index = /^index (0|[1-9]\d{0,15})$/.exec(second)?.[1];
  if (end < 0 || first !== header || index === undefined || lines.length > 63 || lines.some((line) => !/^[A-Za-z0-9+/]{43}=$/.test(line))) {
    throw new NoteError('not a tlog-proof');
  }
  return {
    index: Number(index),
    hashes: lines.map((line) => Buffer.from(line, 'base64')),
    checkpoint: text.slice(end + 2),
    ...(extra === undefined ? {} : { extra: Buffer.from(extra, 'base64') }),
  };
}
