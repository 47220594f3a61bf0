import { defaultInspectionLimits, Refusal, type InspectionLimits } from '@muniment/domain';
import { feedOf } from '../archive/byte-feed.js';
import { TarWalker, type TarMember, type TarVisitor } from '../archive/tar-walker.js';
import { openTar } from './tar-bytes.js';

/**
 * The bytes of one file out of a tar (plain or gzip), as it streams by; reading stops as soon as the file is complete. `memberPath` is the path
 * an inspection listed. Throws `Refusal member_not_found` when the archive ends without it, before giving any byte.
 */
export async function* extractMember(
  archive: AsyncIterable<Uint8Array>,
  memberPath: string,
  limits: InspectionLimits = defaultInspectionLimits,
): AsyncGenerator<Uint8Array, void, void> {
  const wanted = new WantedMember(memberPath);
  const walker = new TarWalker(limits, wanted);
  const iterator = archive[Symbol.asyncIterator]();
  try {
    const { chunks } = await openTar(feedOf({ [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }), limits, false);
    for await (const chunk of chunks) {
      walker.write(chunk);
      yield* wanted.taken();
      if (wanted.complete) return;
    }
    walker.finish();
    throw new Refusal('member_not_found', `The archive has no file "${memberPath}".`, { member: memberPath });
  } finally {
    await iterator.return?.();
  }
}

class WantedMember implements TarVisitor {
  complete = false;
  #inside = false;
  #parts: Uint8Array[] = [];

  constructor(readonly path: string) {}

  begin({ path }: TarMember): void {
    this.#inside = !this.complete && path === this.path;
  }

  content(chunk: Uint8Array): void {
    if (this.#inside) this.#parts.push(chunk);
  }

  end(): void {
    if (this.#inside) this.complete = true;
    this.#inside = false;
  }

  /** Parts of the chunk last walked; the caller gives them on before it asks for the next chunk. */
  taken(): readonly Uint8Array[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}
