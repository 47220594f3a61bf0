import type { Inspection, InspectionLimits } from '@muniment/domain';
import type { ByteFeed } from '../archive/byte-feed.js';
import { declarationOf } from '../meta/meta-declaration.js';
import { parseMeta } from '../meta/meta-record.js';

/** Checks a `.meta` record (`meta_malformed`), never holding more than one byte beyond the bound and a chunk. */
export async function inspectMeta(feed: ByteFeed, limits: InspectionLimits): Promise<Inspection> {
  const kept: Uint8Array[] = [];
  let size = 0;
  while (size <= limits.maxMetaBytes) {
    const chunk = await feed.next();
    if (chunk === null) break;
    // a copy of the part that counts, because feeds reuse their buffers
    kept.push(Uint8Array.from(chunk.subarray(0, limits.maxMetaBytes + 1 - size)));
    size += chunk.byteLength;
  }
  declarationOf(parseMeta(Buffer.concat(kept), limits.maxMetaBytes));
  return { format: 'meta', member_count: 0, members: [], wheel: null };
}
