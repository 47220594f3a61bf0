const mebi = 1024 * 1024;

/** S3's own limits: 10,000 parts of 5 MiB to 5 GiB (the last may be smaller), objects up to 5 TiB. */
export const maxParts = 10_000;
export const minPartBytes = 5 * mebi;
export const maxObjectBytes = 5 * 1024 * 1024 * mebi;

export const defaultPartBytes = 8 * mebi;

const partsPerStep = 1_000;
const maxSteps = 8;

/**
 * Bytes of the part with this index (from 0) when the total is unknown: doubles every 1,000 parts, up to 256 times the first. With 8 MiB that is flat up to
 * 7.8 GiB, and 10,000 parts reach 5.98 TiB. Memory of an upload is two parts, so it stays at 16 MiB for all but giants.
 */
export function streamedPartBytes(index: number, firstBytes: number = defaultPartBytes): number {
  return firstBytes * 2 ** Math.min(maxSteps, Math.floor(index / partsPerStep));
}

/** The smallest unfinished piece worth a part of its own: 5/8 of a full one (5 MiB at first), so that frequent small appends still reach 3.7 TiB. */
export function worthwhilePartBytes(index: number, firstBytes: number = defaultPartBytes): number {
  return Math.max(minPartBytes, (streamedPartBytes(index, firstBytes) / 8) * 5);
}

/** Bytes per part when the total is known: whole MiB, not below `atLeast`, and never more than 10,000 parts. */
export function plannedPartBytes(size: number, atLeast: number = defaultPartBytes): number {
  return Math.max(atLeast, Math.ceil(size / maxParts / mebi) * mebi);
}

/** Cuts `size` bytes into inclusive ranges, the i-th `sizeOf(i)` bytes long and the last what remains. */
export function cutRanges(size: number, sizeOf: (index: number) => number): { readonly start: number; readonly end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (let start = 0; start < size; ) {
    const next = Math.min(size, start + sizeOf(ranges.length));
    ranges.push({ start, end: next - 1 });
    start = next;
  }
  return ranges;
}
