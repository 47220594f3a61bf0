const shape = /^staging\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9][0-9]{0,2})$/;
const fileShape = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.segment$/;

/** Where a small staged file lies. */
export interface SegmentPlace {
  readonly segment: string;
  readonly slot: number;
}

/** `staging/<uuid>.<slot>`: the staging key of a file in a segment. The dot tells it from other keys, which have none. */
export function keyInSegment({ segment, slot }: SegmentPlace): string {
  return `staging/${segment}.${slot}`;
}

/** Null for a staging key that names a file of its own. */
export function placeOfKey(key: string): SegmentPlace | null {
  const [, segment, slot] = shape.exec(key) ?? [];
  return segment === undefined ? null : { segment, slot: Number(slot) };
}

/** Name of a segment's file in the staging folder. */
export function segmentFile(segment: string): string {
  return `${segment}.segment`;
}

/** The segment that a file of the staging folder is; null for any other file. */
export function segmentOfFile(name: string): string | null {
  return fileShape.exec(name)?.[1] ?? null;
}
