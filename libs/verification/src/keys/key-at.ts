import type { KnownKey } from './known-key.js';

/** When something was signed, and who says so. */
export interface SigningTime {
  /** RFC 3339. */
  readonly at: string;
  /** Who names the time that whoever took the key could not choose: the log, under a believed checkpoint, or a timestamp authority. */
  readonly provenBy: 'log' | 'timestamp' | null;
  readonly restsOn: string;
}

export interface KeyVerdict {
  readonly ok: boolean;
  /** True when nothing but a compromise speaks against it. */
  readonly withdrawn: boolean;
  readonly detail: string;
}

/**
 * Whether the key was to be used at that time. A compromised key is believed only for what the log or a timestamp shows to be older than the
 * compromise: any other time may be the thief's.
 */
export function keyAt({ keyId, notBefore, notAfter, compromisedAt }: KnownKey, time: SigningTime): KeyVerdict {
  const { at } = time;
  if (notBefore !== null && before(at, notBefore)) return bad(`${keyId} was not to be used before ${notBefore}; this is of ${at}`);
  if (notAfter !== null && !before(at, notAfter)) return bad(`${keyId} had expired on ${notAfter}; this is of ${at}`);
  if (compromisedAt === null) return good(`signed ${at}, while ${keyId} was valid`);
  if (!before(at, compromisedAt)) return { ...bad(`${keyId} is compromised since ${compromisedAt}; this is of ${at}`), withdrawn: true };
  if (time.provenBy === null)
    return { ...bad(`${keyId} is compromised since ${compromisedAt}, and nothing proves that this is older`), withdrawn: true };
  return good(`signed ${at}, as the ${time.provenBy} shows, before ${keyId} was compromised (${compromisedAt})`);
}

function good(detail: string): KeyVerdict {
  return { ok: true, withdrawn: false, detail };
}

function bad(detail: string): KeyVerdict {
  return { ok: false, withdrawn: false, detail };
}

function before(a: string, b: string): boolean {
  return Date.parse(a) < Date.parse(b);
}
