import type { Blake3, Sha256 } from '../digest.js';

/** What the name and METADATA of one wheel say (PyPA binary distribution format; core metadata). */
export interface WheelFacts {
  readonly name: string;
  readonly version: string;
  readonly build: string | null;
  /** Expanded compatibility tags, `python-abi-platform`, sorted. */
  readonly tags: readonly string[];
  readonly requires_python: string | null;
  readonly requires_dist: readonly string[];
  /** SHA-256 of the METADATA file inside the wheel (PEP 658), bare hex. */
  readonly metadata_sha256: Sha256;
}

/** One regular file inside an archive, with its own digests; wheels also carry what they say about themselves. */
export interface ArchiveMember {
  readonly path: string;
  readonly size: number;
  readonly sha256: Sha256;
  readonly blake3: Blake3;
  readonly wheel: WheelFacts | null;
}

/** What one bounded pass over a file found. `members` is listed for wheelhouses; other archives are checked and only counted. */
export interface Inspection {
  readonly format: 'tar+gzip' | 'tar' | 'zip' | 'meta' | 'opaque';
  readonly member_count: number;
  readonly members: readonly ArchiveMember[];
  /** Set for a single wheel. */
  readonly wheel: WheelFacts | null;
}
