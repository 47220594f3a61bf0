import type { StoreDoubt, StoreEvidence } from '@muniment/domain';

/** What is known of a store that is not taken for the archive's. */
export interface StoreFacts {
  readonly location: string;
  /** The id on record. */
  readonly expected: string;
  readonly found: string | null;
  readonly evidence?: StoreEvidence;
}

const advice = 'If this is the archive\'s store, moved on purpose: "muniment storage adopt".';

/**
 * The store is not the archive's, as far as anybody can tell: a volume that is not mounted, another bucket. A failure and not a refusal: it ends when the
 * right store is back. The message says what was expected, what was found and what to do.
 */
export class WrongStore extends Error {
  override readonly name = 'WrongStore';

  constructor(
    readonly doubt: StoreDoubt,
    facts: StoreFacts,
  ) {
    super(`${whatIs(doubt, facts)} ${advice}`);
  }
}

function whatIs(doubt: StoreDoubt, { location, expected, found, evidence }: StoreFacts): string {
  switch (doubt) {
    case 'unmarked':
      return `Expected object store ${expected} at ${location}, found none there (no muniment-store.json). Mount the volume, or name the right folder or bucket.`;
    case 'other_store':
      return `Expected object store ${expected} at ${location}, found ${String(found)}. Mount the right volume, or name the right folder or bucket.`;
    case 'bytes_lacking':
      return (
        `Expected at ${location} the bytes that the database refers to, found ${String(evidence?.found)} of the ${String(evidence?.sought)} looked for. ` +
        'Mount the volume, or name the right folder or bucket.'
      );
    case 'strange_bytes':
      return `Expected an empty object store at ${location}, because the database refers to no bytes yet, found some. Name an empty folder or bucket, or the right database.`;
  }
}
