import type { CertifiedKey } from './fulcio.js';

/** A key is not used in the last minute of its certificate: entering a log and a timestamp come after the signature, and must still fall into its time. */
const marginMs = 60_000;

/**
 * The certified key in use. One request to the authority serves all signatures until shortly before the certificate ends, however many are made at once. Only
 * the outside world's time counts here, never the archive's clock.
 */
export class CertifiedKeys {
  #current: Promise<CertifiedKey> | null = null;

  constructor(
    private readonly certify: () => Promise<CertifiedKey>,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Throws what the authority's client throws; the next call asks again. */
  async current(): Promise<CertifiedKey> {
    const held = this.#current;
    if (held !== null) {
      const key = await held;
      if (this.nowMs() < key.notAfterMs - marginMs) return key;
      // Whoever waited beside us may have asked for the next one already.
      if (this.#current !== held && this.#current !== null) return this.#current;
    }
    return this.next();
  }

  private next(): Promise<CertifiedKey> {
    const asked = this.certify().then((key) => {
      if (key.notAfterMs - marginMs <= this.nowMs()) throw new Error('the certificate ends within a minute: too short to sign with');
      return key;
    });
    this.#current = asked;
    asked.catch(() => {
      if (this.#current === asked) this.#current = null;
    });
    return asked;
  }
}
