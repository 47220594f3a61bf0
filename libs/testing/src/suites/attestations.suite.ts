import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Attestations, EventLog } from '@muniment/application';
import {
  instantOf,
  plusSeconds,
  publishable,
  type AttestationEvent,
  type AttestationStanding,
  type DomainEvent,
  type Instant,
  type StatementKind,
  type Subject,
} from '@muniment/domain';
import { openedPackage, someBlake3, someInstant, someSha256 } from '../builders/facts.js';
import { goldenEvents } from '../golden/golden-events.js';

export interface AttestationsUnderTest {
  readonly log: EventLog;
  readonly attestations: Attestations;
  dispose(): Promise<void>;
}

interface Signing {
  readonly part?: number;
  readonly parts?: number;
  readonly keyId?: string;
  readonly at?: Instant;
}

/** The contract of what the Attestations port tells of one package at one moment. */
export function attestationsSuite(name: string, factory: () => Promise<AttestationsUnderTest>): void {
  jest.setTimeout(60_000);
  describe(`attestations: ${name}`, () => {
    let subject: AttestationsUnderTest;
    beforeAll(async () => {
      subject = await factory();
    }, 180_000);
    afterAll(() => subject.dispose(), 60_000);

    const attribution = { actor: 'token:suite', time: instantOf(new Date('2026-03-01T12:00:00.123Z')) };
    const append = (about: Subject, expectedRevision: number, facts: readonly DomainEvent[]) =>
      subject.log.append({ subject: about, expectedRevision, facts, attribution });

    /** A package with its facts so far; each call appends more. */
    async function opened(version: string | null) {
      const id = randomUUID();
      let revision = 0;
      const add = async (...facts: readonly DomainEvent[]): Promise<void> => {
        ({ revision } = await append({ kind: 'package', id }, revision, facts));
      };
      await add(...openedPackage(id, { version }));
      const { type, payload } = goldenEvents['v1.package.finalized'];
      const finalize = () => add({ type, payload: { ...payload, package: { ...payload.package, package_id: id, version } } });
      return { id, add, finalize, standing: () => standingOf(subject.attestations, id) };
    }

    /** A key that signs, announced; `compromise` tells since when it did not sign alone. */
    async function announced() {
      const id = randomUUID();
      const { type, payload } = goldenEvents['v1.key.announced'];
      const key_id = `SHA256:${id}`;
      await append({ kind: 'key', id }, 0, [{ type, payload: { ...payload, key_id } }]);
      const compromised = (at: Instant): DomainEvent => ({
        type: 'v1.key.compromised',
        payload: { key_id, compromised_at: at, reported_at: at },
      });
      return { keyId: key_id, compromise: (at: Instant) => append({ kind: 'key', id }, 1, [compromised(at)]) };
    }

    it('are null for a package that is not there', async () => {
      expect(await subject.attestations.standing(randomUUID())).toBeNull();
      expect(await subject.attestations.state(randomUUID())).toBeNull();
    });

    it('owe nothing before finalization, then what finalization calls for, and say why signing failed', async () => {
      const { id, add, finalize, standing } = await opened('1.0');
      expect(await standing()).toEqual({
        packageId: id,
        repository: 'acme/widgets',
        version: '1.0',
        finalized: false,
        due: [],
        signed: [],
      });
      await finalize();
      const due = (['archive-receipt', 'release'] as const).map((statement) => ({ statement, aboutRevision: 3, failure: null }));
      expect(await standing()).toMatchObject({ finalized: true, due, signed: [] });
      await add(failed('release', 3));
      expect((await standing()).due).toEqual([due[0], { ...due[1], failure: { code: 'no_signer', at: someInstant } }]);
      expect((await subject.attestations.state(id))?.due).toEqual((await standing()).due);
    });

    it('tell every signed part, and what is owed no more', async () => {
      const { add, finalize, standing } = await opened('1.0');
      await finalize();
      await add(signed('archive-receipt', { part: 2, parts: 2 }), signed('archive-receipt', { part: 1, parts: 2 }));
      const { due, signed: parts } = await standing();
      expect(due.map(({ statement }) => statement)).toEqual(['release']);
      const part = { statement: 'archive-receipt', aboutRevision: 3, parts: 2, signedAt: someInstant, keyCompromisedAt: null };
      // Each part as bundle and as envelope.
      expect(parts).toEqual([1, 1, 2, 2].map((number) => ({ ...part, part: number })));
    });

    it('show a statement as owed or as signed at every moment, never as neither', async () => {
      for (let round = 0; round < 10; round++) {
        const { add, finalize, standing } = await opened(null);
        await finalize();
        const seen: (readonly string[])[] = [];
        const look = async (): Promise<void> => {
          do seen.push(publishable(await standing(), true).missing.map(({ reason }) => reason));
          while (seen.at(-1)?.length !== 0);
        };
        await Promise.all([
          look(),
          look(),
          add(signed('archive-receipt', { part: 1, parts: 2 }), signed('archive-receipt', { part: 2, parts: 2 })),
        ]);
        expect(seen.flat().filter((reason) => reason !== 'due')).toEqual([]);
      }
    });

    it('are not made of what others signed, nor of signatures of files', async () => {
      const { add, finalize, standing } = await opened(null);
      await finalize();
      await add(goldenEvents['v1.attestation.relayed'], goldenEvents['v1.signature.made']);
      expect(await standing()).toMatchObject({ due: [{ statement: 'archive-receipt' }], signed: [] });
    });

    it('know since when a key is compromised, of the keys that were announced', async () => {
      const [kept, stolen] = [await announced(), await announced()];
      const { add, finalize, standing } = await opened(null);
      await finalize();
      await add(signed('archive-receipt', { keyId: stolen.keyId }));
      expect(publishable(await standing(), true).missing).toEqual([]);
      await stolen.compromise(plusSeconds(someInstant, 1));
      expect((await standing()).signed.map(({ keyCompromisedAt }) => keyCompromisedAt)).toEqual(
        [1, 1].map((s) => plusSeconds(someInstant, s)),
      );
      expect(publishable(await standing(), true).missing).toEqual([]);
      const late = await opened(null);
      await late.finalize();
      await late.add(signed('archive-receipt', { keyId: stolen.keyId, at: plusSeconds(someInstant, 1) }));
      expect(publishable(await late.standing(), true).missing).toMatchObject([{ reason: 'key_compromised' }]);
      for (const keyId of [kept.keyId, 'SHA256:of-a-certificate']) {
        const good = await opened(null);
        await good.finalize();
        await good.add(signed('archive-receipt', { keyId, at: plusSeconds(someInstant, 1) }));
        expect(publishable(await good.standing(), true).missing).toEqual([]);
      }
    });
  });
}

async function standingOf(attestations: Attestations, id: string): Promise<AttestationStanding> {
  const standing = await attestations.standing(id);
  if (standing === null) throw new Error(`there is no package ${id}`);
  return standing;
}

function signed(
  statement: StatementKind,
  { part = 1, parts = 1, keyId = 'SHA256:nobody', at = someInstant }: Signing = {},
): AttestationEvent {
  const item = (form: string) => {
    const name = `${statement}.r3.p${part}of${parts}.${form}`;
    return { name, media_type: 'application/json', sha256: someSha256, blake3: someBlake3, size: 12 };
  };
  return {
    type: 'v1.attestation.signed',
    payload: {
      attestation_id: randomUUID(),
      statement,
      part,
      parts,
      predicate_type: 'https://example.org/predicate',
      about_revision: 3,
      key_id: keyId,
      signed_at: at,
      evidence: [item('sigstore.json'), item('intoto.jsonl')],
    },
  };
}

function failed(statement: StatementKind, about_revision: number): AttestationEvent {
  return { type: 'v1.attestation.failed', payload: { statement, about_revision, code: 'no_signer', failed_at: someInstant } };
}
