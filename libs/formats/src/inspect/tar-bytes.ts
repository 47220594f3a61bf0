import type { InspectionLimits } from '@muniment/domain';
import type { ByteFeed } from '../archive/byte-feed.js';
import { corrupt } from '../archive/corrupt.js';
import { gunzip } from '../archive/gunzip.js';
import { OutputBudget } from '../archive/output-budget.js';

/** The tar bytes inside a file, and how they were wrapped. */
export interface TarBytes {
  readonly format: 'tar' | 'tar+gzip';
  readonly chunks: AsyncGenerator<Uint8Array, void, void>;
}

/** Unwraps gzip when the first bytes say so (RFC 1952 section 2.3.1). Plain tar is refused (`archive_corrupt`) where `gzipOnly`. */
export async function openTar(feed: ByteFeed, limits: InspectionLimits, gzipOnly: boolean): Promise<TarBytes> {
  const head = await firstTwo(feed);
  const rest = prefixed(head, feed);
  const budget = new OutputBudget(limits);
  if (head.bytes[0] === 0x1f && head.bytes[1] === 0x8b) return { format: 'tar+gzip', chunks: gunzip(rest, budget) };
  if (gzipOnly) throw corrupt('it is not gzip data');
  return { format: 'tar', chunks: plain(rest, budget) };
}

async function* plain(feed: ByteFeed, budget: OutputBudget): AsyncGenerator<Uint8Array, void, void> {
  for (let chunk = await feed.next(); chunk !== null; chunk = await feed.next()) {
    budget.fed(chunk.byteLength);
    budget.produced(chunk.byteLength);
    yield chunk;
  }
}

interface Head {
  /** At least two bytes unless the file is shorter. */
  readonly bytes: Uint8Array;
}

async function firstTwo(feed: ByteFeed): Promise<Head> {
  let bytes: Uint8Array = new Uint8Array();
  while (bytes.length < 2) {
    const chunk = await feed.next();
    if (chunk === null) break;
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
  }
  return { bytes };
}

/** Gives the head first. It is a feed's own chunk, so it stays valid as long as the contract of feeds says. */
function prefixed(head: Head, feed: ByteFeed): ByteFeed {
  let given = head.bytes.length === 0;
  return {
    next() {
      if (given) return feed.next();
      given = true;
      return Promise.resolve(head.bytes);
    },
  };
}
