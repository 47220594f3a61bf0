import type { BlobIdentity } from '@muniment/domain';

/** Memory of one stream's slots, and how many streams there are: all of it is shared with the thread from the start, and never grows. */
export const digestSlots = 4;
export const digestSlotBytes = 512 * 1024;
export const digestStreams = 2;

/** What the digesting thread is told. Messages keep their order, so what belongs to an ended stream is done before the next one begins. */
export type ToDigester =
  | { readonly kind: 'filled'; readonly stream: number; readonly slot: number; readonly length: number }
  | { readonly kind: 'finish' | 'forget'; readonly stream: number };

export type FromDigester =
  | { readonly kind: 'ready' }
  | { readonly kind: 'freed'; readonly stream: number }
  | { readonly kind: 'finished'; readonly stream: number; readonly identity: BlobIdentity };
