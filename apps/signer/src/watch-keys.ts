import type { KeyPurpose, Keyring, SigningKey } from '@muniment/application';
import { metrics, type Background } from '@muniment/platform';
import type { Signer } from './open-signer.js';
import { purposeEnds } from './purpose-ends.js';

const dayMs = 86_400_000;
/** From so long before its end on, a key is warned of every day. */
const warnMs = 30 * dayMs;

/** Tells the log what keys there are before anything is signed, then watches how long they last. */
export function watchKeys({ keyring, announce, archive, host }: Signer): Background {
  let timer: NodeJS.Timeout | null = null;
  let unmeasure: () => void = () => undefined;
  const warn = (): void => {
    const now = Date.parse(archive.clock.now());
    for (const { name, purpose, notAfter } of inUse(keyring)) {
      const leftMs = notAfter === null ? Infinity : Date.parse(notAfter) - now;
      if (leftMs < warnMs)
        host.logger.warn({ key: name, purpose, notAfter }, 'a signing key ends soon, or has ended: see OPERATOR.md, Keys');
    }
  };
  return {
    name: 'keys',
    start: async () => {
      await announce.execute(keyring);
      unmeasure = measure(keyring, archive);
      warn();
      timer = setInterval(warn, dayMs);
    },
    stop: () => {
      if (timer) clearInterval(timer);
      unmeasure();
    },
  };
}

function measure(keyring: Keyring, { clock, postgres }: Signer['archive']): () => void {
  const ends = [
    metrics.gauge(
      'muniment_signing_key_expires_seconds',
      {
        description: 'Seconds until no key of a purpose signs any more; negative when none does',
        labels: { purpose: ['attestation', 'log', 'release'] },
      },
      () => {
        const now = Date.parse(clock.now());
        return purposeEnds(keyring, now).map(({ purpose, at }) => ({ value: (at - now) / 1_000, labels: { purpose } }));
      },
    ),
    metrics.gauge(
      'muniment_attestations_due',
      { description: 'Statements that wait for their signature', labels: { state: ['waiting', 'failed'] } },
      async () => {
        const { due, failed } = await postgres.attestations.backlog();
        return [
          { value: due - failed, labels: { state: 'waiting' } },
          { value: failed, labels: { state: 'failed' } },
        ];
      },
    ),
  ];
  return () => ends.forEach((end) => end());
}

/** A key, or an identity that certified keys sign as. */
interface InUse extends Pick<SigningKey, 'name' | 'notAfter'> {
  readonly purpose: KeyPurpose;
}

function inUse({ keys, identities }: Keyring): readonly InUse[] {
  return [
    ...keys.filter(({ compromisedAt }) => compromisedAt === null),
    ...identities.map((one) => ({ ...one, purpose: 'attestation' as const })),
  ];
}
