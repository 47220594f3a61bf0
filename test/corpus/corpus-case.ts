import type { InspectionLimits, RefusalCode } from '@muniment/domain';

/** One file of the corpus and what the examiner must say about it. */
export interface CorpusCase {
  /** Unique; a file-name-safe slug. */
  readonly name: string;
  /** Name under which the file would be uploaded: it decides how the file is read. */
  readonly fileName: string;
  /** The same bytes at every call. */
  readonly bytes: () => Buffer;
  readonly expected: RefusalCode | 'accepted';
  /** Bounds to tighten for this case. */
  readonly limits?: Partial<InspectionLimits>;
}

export function hostile(
  name: string,
  fileName: string,
  expected: RefusalCode,
  bytes: () => Buffer,
  limits: Partial<InspectionLimits> = {},
): CorpusCase {
  return { name, fileName, expected, bytes, limits };
}

export function good(name: string, fileName: string, bytes: () => Buffer): CorpusCase {
  return { name, fileName, expected: 'accepted', bytes };
}
