/** A whole small file: written and synced as `partial`, then renamed to `path`. */
export interface SmallFile {
  readonly partial: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Files of one directory that become durable together. */
export interface SmallFileBatch {
  readonly directory: string;
  readonly files: readonly SmallFile[];
}

/** Per file null, or why it was not stored. */
export type SmallFileOutcomes = readonly ({ readonly message: string; readonly code: string | null } | null)[];
