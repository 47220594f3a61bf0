/** Bounds of archive inspection. Every one is counted while reading, so a bomb is refused before it does harm (design section 5). */
export interface InspectionLimits {
  /** Bytes that may come out of all decompression of one file. */
  readonly maxOutputBytes: number;
  /** Output over input; real archives stay far below deflate's own ceiling of about 1,032. Checked after the first MiB of output. */
  readonly maxRatio: number;
  readonly maxMembers: number;
  readonly maxMemberBytes: number;
  readonly maxNameBytes: number;
  readonly maxDepth: number;
  /** Bytes of one METADATA file. */
  readonly maxMetadataBytes: number;
  /** Bytes of a `.meta` record. */
  readonly maxMetaBytes: number;
}

const mib = 1024 * 1024;

export const defaultInspectionLimits: InspectionLimits = {
  maxOutputBytes: 64 * 1024 * mib,
  maxRatio: 200,
  maxMembers: 20_000,
  maxMemberBytes: 16 * 1024 * mib,
  maxNameBytes: 1024,
  maxDepth: 32,
  maxMetadataBytes: mib,
  maxMetaBytes: 256 * 1024,
};
