import type { OpenBytes } from '@muniment/application';

/** Comparing by matcher would print megabytes when they differ. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.equals(b);
}

export async function read(opened: OpenBytes | null): Promise<Buffer> {
  if (opened === null) throw new Error('expected bytes, found none');
  const read: Buffer[] = [];
  for await (const chunk of opened.stream) read.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(read);
}

/** The size an open promises; closes what was opened. */
export async function sizeOf(opening: Promise<OpenBytes | null>): Promise<number | undefined> {
  const opened = await opening;
  opened?.stream.destroy();
  return opened?.size;
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** A validating method may throw at once or reject; callers await either way. */
export async function attempt<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

export async function* chunks(bytes: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) {
    await Promise.resolve();
    yield bytes.subarray(from, from + size);
  }
}

export async function* failing(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield* chunks(bytes);
  throw new Error('source broke');
}

export async function* silentAfter(bytes: Buffer, then: () => void): AsyncGenerator<Uint8Array> {
  yield* chunks(bytes);
  setImmediate(then);
  await new Promise(() => undefined);
}

export async function* reusing(buffer: Buffer, times: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < times; index += 1) {
    await Promise.resolve();
    yield buffer.fill(index % 256);
  }
}

export async function* repeated(chunk: Buffer, total: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < total; sent += chunk.length) {
    await Promise.resolve();
    yield chunk;
  }
}

export function peakRss(): { stop(): number } {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.max(peak, process.memoryUsage.rss());
    },
  };
}
