/** The first bytes of a source: all of them, when there are no more than the limit; else they and the rest together again. */
export type Beginning = { readonly whole: Uint8Array } | { readonly all: AsyncIterable<Uint8Array> };

/** Reads until the end or until more than `limit` bytes are held. Chunks are copied, because a source may reuse its buffer. A failing source rejects. */
export async function beginningOf(source: AsyncIterable<Uint8Array>, limit: number): Promise<Beginning> {
  const iterator = source[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let size = 0;
  while (size <= limit) {
    const next = await iterator.next();
    if (next.done === true) return { whole: held.length === 1 && held[0] ? held[0] : Buffer.concat(held) };
    held.push(Buffer.from(next.value));
    size += next.value.length;
  }
  return { all: joined(held, iterator) };
}

async function* joined(held: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* held;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
