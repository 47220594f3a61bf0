import { announceKey, type Attribution } from '@muniment/domain';
import type { SigningKeys } from '../ports/attestation.js';
import type { Clock } from '../ports/clock.js';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';
import type { Keyring, SigningKey } from '../ports/signing.js';

const attempts = 20;

/** Tells the log what the keyring holds, before anything is signed with it. Any number of signers may do so at once; each news is recorded once. */
export class AnnounceKeys {
  /** @param subjectOf The subject id of a key: a UUID that depends on the key id alone. */
  constructor(
    private readonly log: EventLog,
    private readonly keys: SigningKeys,
    private readonly subjectOf: (keyId: string) => string,
    private readonly clock: Clock,
  ) {}

  /** How many facts this call recorded. */
  async execute(keyring: Pick<Keyring, 'keys'>): Promise<number> {
    let recorded = 0;
    for (const key of keyring.keys) recorded += await this.announce(key);
    return recorded;
  }

  private async announce(key: SigningKey): Promise<number> {
    const id = this.subjectOf(key.keyId);
    for (let attempt = 1; ; attempt++) {
      const attribution: Attribution = { actor: 'service:signer', time: this.clock.now() };
      const state = await this.keys.one(id);
      const facts = announceKey(state, commandOf(key), { now: attribution.time });
      if (facts.length === 0) return 0;
      try {
        await this.log.append({ subject: { kind: 'key', id }, expectedRevision: state?.revision ?? 0, facts, attribution });
        return facts.length;
      } catch (error) {
        if (!(error instanceof RevisionConflict) || attempt >= attempts) throw error;
      }
    }
  }
}

function commandOf({
  keyId,
  name,
  purpose,
  algorithm,
  publicKey,
  notBefore,
  notAfter,
  compromisedAt,
}: SigningKey): Parameters<typeof announceKey>[1] {
  const key = { key_id: keyId, name, purpose, algorithm, public_key: publicKey, not_before: notBefore, not_after: notAfter };
  return { key, compromisedAt };
}
