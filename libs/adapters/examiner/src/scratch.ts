import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sourceOf, type ByteSource, type OpenSpool, type Spool } from '@muniment/formats';
import { readFully } from './local-file.js';

/** Wheels up to this size are read in memory; one buffer serves all wheels of a worker, one after the other. */
const memoryBytes = 8 * 1024 * 1024;

/** A file without a name: gone with its descriptor, so a killed process leaves nothing behind. */
export class ScratchFile implements ByteSource {
  readonly #fd: number;
  #size = 0;
  #open = true;

  constructor(directory: string) {
    const path = join(directory, `examiner-${randomUUID()}`);
    this.#fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length; ) {
      const written = writeSync(this.#fd, chunk, done, chunk.length - done, this.#size);
      done += written;
      this.#size += written;
    }
  }

  read(offset: number, length: number): Uint8Array {
    const into = Buffer.allocUnsafe(length);
    readFully(this.#fd, into, offset);
    return into;
  }

  discard(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}

/** Opens spools for one worker: a shared buffer for small members, a {@link ScratchFile} for large ones. At most one may be open at a time. */
export function spoolsIn(directory: string): OpenSpool {
  let buffer = Buffer.alloc(0);
  return (size) => {
    if (size > memoryBytes) {
      const file = new ScratchFile(directory);
      return { write: (chunk) => file.write(chunk), source: () => file, discard: () => file.discard() };
    }
    if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size);
    return memorySpool(buffer);
  };
}

function memorySpool(buffer: Buffer): Spool {
  let filled = 0;
  return {
    write(chunk) {
      buffer.set(chunk, filled);
      filled += chunk.length;
    },
    source: () => sourceOf(buffer.subarray(0, filled)),
    discard: () => undefined,
  };
}
