import type { BlobIdentity, Examination, Inspection, InspectionLimits } from '@muniment/domain';
import type { OpenBytes } from './blob-store.js';

/** Where the stored bytes are: a local file when the store has one, else a stream. */
export type StoredBytes = { readonly localPath: string } | OpenBytes;

/** How a file is to be read: decided from its name, never from what the client claims. */
export type InspectionPlan = 'wheelhouse' | 'archive-tar' | 'archive-zip' | 'wheel' | 'meta' | 'opaque';

/** The second witness: reads stored bytes exactly once, giving both digests and a bounded inspection. */
export interface Examiner {
  /** Never throws for bad content: that is an outcome with a refusal. Rejects when the bytes cannot be read (retry). */
  examine(bytes: StoredBytes, plan: InspectionPlan, fileName: string, limits: InspectionLimits): Promise<Examination>;
  close(): Promise<void>;
}

export type { BlobIdentity, Inspection };
