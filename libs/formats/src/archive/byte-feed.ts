/**
 * Bytes of one file in order. A chunk stays valid until the next but one `next()`, so a feed may alternate two buffers and a reader may
 * let a decoder work on one chunk while it asks for the following. There is no `return`: a reader that stops early leaves the feed usable,
 * which lets the caller digest the rest after a refusal.
 */
export interface ByteFeed {
  /** The next chunk (never empty), or null at the end. Rejects when the bytes cannot be read. */
  next(): Promise<Uint8Array | null>;
}

/** Reads a feed from chunks that nobody will overwrite. */
export function feedOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteFeed {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  return {
    async next() {
      for (;;) {
        const step = await iterator.next();
        if (step.done === true) return null;
        if (step.value.byteLength > 0) return step.value;
      }
    },
  };
}
