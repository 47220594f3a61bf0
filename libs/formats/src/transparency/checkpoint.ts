import { NoteError } from './note.js';
import type { Hash } from './merkle.js';

/** State of a log (C2SP tlog-checkpoint): what signers put their name to. */
export interface Checkpoint {
  /** Name of the log: a schema-less address, the same for ever. */
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Reads the text of an opened note. Lines after the third are extensions and are passed over. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = ''] = text.split('\n');
  const bytes = Buffer.from(root, 'base64');
  const isSize = /^(0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size));
  if (origin === '' || !isSize || bytes.length !== 32 || bytes.toString('base64') !== root) throw new NoteError('not a checkpoint');
  return { origin, size: Number(size), root: bytes };
}
