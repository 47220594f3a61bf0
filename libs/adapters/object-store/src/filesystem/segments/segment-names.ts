const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const number = '(0|[1-9][0-9]{0,8})';
const shape = new RegExp(`^staging/(${uuid})\\.${number}\\.${number}\\.${number}$`);
const fileShape = new RegExp(`^(${uuid})\\.segment$`);

/** Where a small staged file lies. */
export interface SegmentPlace {
  readonly segment: string;
  /** How many files lie before it. */
  readonly file: number;
  /** Where its record begins, and how many bytes the file itself has. */
  readonly offset: number;
  readonly length: number;
}

/** `staging/<uuid>.<file>.<offset>.<length>`: the staging key of a file in a segment. The dots tell it from other keys, which have none. */
export function keyInSegment({ segment, file, offset, length }: SegmentPlace): string {
  return `staging/${segment}.${file}.${offset}.${length}`;
}

/** Null for a staging key that names a file of its own. */
export function placeOfKey(key: string): SegmentPlace | null {
  const [, segment, ...numbers] = shape.exec(key) ?? [];
  const [file = 0, offset = 0, length = 0] = numbers.map(Number);
  return segment === undefined ? null : { segment, file, offset, length };
}

/** Name of a segment's file in the staging folder. */
export function segmentFile(segment: string): string {
  return `${segment}.segment`;
}

/** The segment that a file of the staging folder is; null for any other file. */
export function segmentOfFile(name: string): string | null {
  return fileShape.exec(name)?.[1] ?? null;
}
