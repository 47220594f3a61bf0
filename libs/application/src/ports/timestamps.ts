/** A timestamp authority did not give a usable timestamp. Try again. */
export class TimestampFailed extends Error {
  override readonly name = 'TimestampFailed';
}

/** Proof from outside of when a signature existed (RFC 3161). */
export interface Timestamps {
  /** The DER response for these signature bytes, granted and about them. Throws {@link TimestampFailed}. */
  stamp(signature: Uint8Array): Promise<Uint8Array>;
}
