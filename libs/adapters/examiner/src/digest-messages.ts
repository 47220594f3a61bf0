import type { BlobIdentity } from '@muniment/domain';

/** Slots of one stream, and how many streams there are: no more memory than that, kept from one upload to the next. */
export const digestSlots = 4;
export const digestSlotBytes = 256 * 1024;
export const digestStreams = 8;

/**
 * What the digesting thread is told. A slot moves with its message and comes back with the answer: memory that both sides could see at once is copied
 * word by word by V8, many times as slowly (ADR 0021). Messages keep their order, so what belongs to an ended stream is done before the next one begins.
 */
export type ToDigester =
  | { readonly kind: 'filled'; readonly stream: number; readonly slot: ArrayBuffer; readonly length: number }
  | { readonly kind: 'finish' | 'forget'; readonly stream: number };

export type FromDigester =
  | { readonly kind: 'ready' }
  | { readonly kind: 'freed'; readonly stream: number; readonly slot: ArrayBuffer }
  | { readonly kind: 'finished'; readonly stream: number; readonly identity: BlobIdentity };
