import type { BlobIdentity, Inspection, InspectionLimits, RefusalCode } from '@muniment/domain';
import type { InspectionPlan } from '@muniment/application';

/** What one worker thread is told to do. It does one thing at a time. */
export interface ExamineCommand {
  readonly kind: 'examine';
  /** A local file; null when the main thread will send a stream. */
  readonly localPath: string | null;
  readonly plan: InspectionPlan;
  readonly fileName: string;
  readonly limits: InspectionLimits;
  /** Whether a large file may take a second core. */
  readonly secondCore: boolean;
}

/** Progress of a stream: here is a slot with `length` bytes, which moves with its message; or no more will come; or the stream broke. */
export type StreamMessage =
  | { readonly kind: 'filled'; readonly slot: ArrayBuffer; readonly length: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'broke'; readonly message: string };

export type ToWorker = ExamineCommand | StreamMessage;

/** A Refusal as it crosses threads: structured clone would turn it into a plain Error. */
export interface RefusalRecord {
  readonly code: RefusalCode;
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export type FromWorker =
  | { readonly kind: 'freed'; readonly slot: ArrayBuffer }
  | { readonly kind: 'examined'; readonly stored: BlobIdentity; readonly outcome: OutcomeRecord }
  | { readonly kind: 'failed'; readonly message: string };

export type OutcomeRecord = { readonly inspection: Inspection } | { readonly refusal: RefusalRecord };

/** The slots of a stream: they bound its memory whatever its length. */
export const streamSlots = 4;
export const slotBytes = 1024 * 1024;
