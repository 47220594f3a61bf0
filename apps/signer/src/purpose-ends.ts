import type { Keyring, KeyPurpose, SigningKey } from '@muniment/application';

type Validity = Pick<SigningKey, 'notBefore' | 'notAfter' | 'compromisedAt'>;

/** A purpose that has keys, and the instant (milliseconds) from which on none of them signs; in the past when none does now. */
export interface PurposeEnd {
  readonly purpose: KeyPurpose;
  readonly at: number;
}

/** Purposes that never end are left out. `now` is in milliseconds. */
export function purposeEnds({ keys, identities }: Pick<Keyring, 'keys' | 'identities'>, now: number): readonly PurposeEnd[] {
  const purposes = new Map<KeyPurpose, Validity[]>();
  const all = [...keys, ...identities.map((one) => ({ ...one, purpose: 'attestation' as const, compromisedAt: null }))];
  for (const key of all) purposes.set(key.purpose, [...(purposes.get(key.purpose) ?? []), key]);
  return [...purposes].map(([purpose, own]) => ({ purpose, at: signsUntil(own, now) })).filter(({ at }) => at !== Infinity);
}

/** Goes from key to successor as long as there is no gap between them. */
function signsUntil(keys: readonly Validity[], now: number): number {
  let until = now;
  for (;;) {
    const further = latest(keys.filter((key) => beginOf(key) <= until && endOf(key) > until).map(endOf));
    if (further === null) break;
    until = further;
  }
  // None signs now: since the last one ended, or, before any began, since now.
  return until > now ? until : (latest(keys.map(endOf).filter((end) => end <= now)) ?? now);
}

function latest(instants: readonly number[]): number | null {
  return instants.length === 0 ? null : Math.max(...instants);
}

function beginOf({ notBefore }: Validity): number {
  return notBefore === null ? -Infinity : Date.parse(notBefore);
}

/** A compromised key does not sign, whatever its dates say. */
function endOf({ notAfter, compromisedAt }: Validity): number {
  const end = notAfter === null ? Infinity : Date.parse(notAfter);
  return compromisedAt === null ? end : Math.min(end, Date.parse(compromisedAt));
}
