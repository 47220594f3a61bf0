import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Bytes that can be read again from any offset: what resuming and retrying need. */
export interface ByteSource {
  readonly size: number;
  /** Bytes from `from` (inclusive) to `to` (exclusive). */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/** Bytes moved so far of `total`, for a progress bar. May go back when a transfer starts again. */
export type OnProgress = (done: number, total: number) => void;

const readAheadBytes = 1024 * 1024;

/** A regular file as it is now. The file must not change until the transfer is over; the digests will tell if it does. */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    size,
    read: (from, to) => readFileRange(path, from, to),
  };
}

async function* readFileRange(path: string, from: number, to: number): AsyncIterable<Uint8Array> {
  if (to <= from) return;
  for await (const chunk of createReadStream(path, { start: from, end: to - 1, highWaterMark: readAheadBytes })) {
    if (!(chunk instanceof Uint8Array)) throw new Error(`${path} was not read as bytes`);
    yield chunk;
  }
}

/** Bytes already in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    // oxlint-disable-next-line typescript/require-await -- the interface is asynchronous, memory is not
    async *read(from, to) {
      if (to > from) yield bytes.subarray(from, to);
    },
  };
}

/** A range of a source as a request body that reports what has been handed to the network. */
export function bodyOf(source: ByteSource, from: number, to: number, onProgress?: OnProgress): ReadableStream<Uint8Array> {
  async function* counted(): AsyncIterable<Uint8Array> {
    let done = from;
    onProgress?.(done, source.size);
    for await (const chunk of source.read(from, to)) {
      yield chunk;
      done += chunk.length;
      onProgress?.(done, source.size);
    }
    if (done !== to) throw new Error(`the source ended at byte ${done}, ${to} were promised: it changed while it was being sent`);
  }
  return ReadableStream.from(counted());
}
