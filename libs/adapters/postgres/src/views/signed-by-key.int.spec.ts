import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { SignedQuery } from '@muniment/application';
import { instantOf, plusSeconds, type AttestationRequested, type AttestationSigned, type SignatureMade } from '@muniment/domain';
import { goldenEvents, ingestedFile } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { append, newPackage, sequenceAll } from '../spec-support/appending.js';
import { usePostgres } from '../spec-support/use-postgres.js';

const past = new Date('2026-03-01T12:00:00.000Z');
const all: SignedQuery = { repository: null, after: null, limit: 100 };

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

const evidence = (name: string) => ({ ...goldenEvents['v1.signature.made'].payload.evidence, name });
function signed(key_id: string, name: string): AttestationSigned {
  const payload = { ...goldenEvents['v1.attestation.signed'].payload, attestation_id: randomUUID(), about_revision: 3, key_id };
  return { type: 'v1.attestation.signed', payload: { ...payload, evidence: [evidence(`${name}.json`), evidence(`${name}.jsonl`)] } };
}
function made(key_fingerprint: string, path: string): SignatureMade {
  const payload = { ...goldenEvents['v1.signature.made'].payload, path, key_fingerprint, evidence: evidence(`${path}.${key_fingerprint}`) };
  return { type: 'v1.signature.made', payload };
}
function requested(key_id: string, paths: readonly string[]): AttestationRequested {
  const statements = [{ statement: 'archive-receipt', about_revision: 3 }] as const;
  return { type: 'v1.attestation.requested', payload: { key_id, statements, paths, requested_at: instantOf(past) } };
}
async function archived(repository?: string): Promise<string> {
  const id = await newPackage(postgres, repository);
  await append(postgres, id, 2, [ingestedFile(randomUUID(), { path: 'a' }), ingestedFile(randomUUID(), { path: 'b' })]);
  return id;
}

describe('packages that a key signed for', () => {
  it('come in order of their ids, page by page, within a repository, and without those of other keys', async () => {
    const ids: string[] = [];
    for (const repository of ['acme/one', 'acme/two', 'acme/one', 'acme/two']) {
      const id = await archived(repository);
      await append(postgres, id, 4, [signed('pages', 'r'), signed('other', 's'), made('pages', 'a')]);
      ids.push(id);
    }
    await append(postgres, await archived(), 4, [signed('another', 'r')]);
    const found = async (query: Partial<SignedQuery>) =>
      (await postgres.attestations.signedBy('pages', { ...all, ...query })).map(({ packageId }) => packageId);
    const sorted = [...ids].sort();
    expect(await found({})).toEqual(sorted);
    expect(await found({ limit: 3 })).toEqual(sorted.slice(0, 3));
    expect(await found({ after: sorted[2] ?? null })).toEqual(sorted.slice(3));
    expect(await found({ repository: 'acme/two' })).toEqual([ids[1], ids[3]].sort());
    expect(await found({ repository: 'acme/three' })).toEqual([]);
  });

  it('tell everybody who signed, what is due, and the revision of that moment', async () => {
    const id = await archived();
    await append(postgres, id, 4, [signed('old', 'r'), made('OLD', 'a'), made('OLD', 'b'), made('OLD', 'never there')]);
    const [attestation] = (await postgres.attestations.signedBy('old', all)).flatMap((pkg) => pkg.attestations);
    expect(attestation).toMatchObject({ statement: 'archive-receipt', aboutRevision: 3, keyId: 'old' });
    await append(postgres, id, 8, [requested('OLD', ['a', 'b'])]);
    await append(postgres, id, 9, [made('NEW', 'b')]);
    const [pkg] = await postgres.attestations.signedBy('OLD', all);
    expect(pkg).toMatchObject({ packageId: id, repository: 'acme/widgets', revision: 10, filesDue: ['a'] });
    expect(pkg?.due).toEqual([{ statement: 'archive-receipt', aboutRevision: 3 }]);
    expect(pkg?.signatures).toEqual(
      expect.arrayContaining([
        { path: 'a', keyId: 'OLD' },
        { path: 'b', keyId: 'OLD' },
        { path: 'b', keyId: 'NEW' },
      ]),
    );
    expect(pkg?.signatures).toHaveLength(3);
    const state = await postgres.attestations.state(id);
    expect(state?.signed).toEqual(new Set(['archive-receipt 3 old']));
    expect(state?.filesDue).toEqual(new Set(['a']));
    expect(state?.due).toEqual([{ statement: 'archive-receipt', aboutRevision: 3, failure: null }]);
  });
});

describe('what was asked for again', () => {
  const owed = async (id: string): Promise<readonly string[]> => {
    await sequenceAll(postgres);
    const events = await postgres.due.events(['v1.attestation.requested'], plusSeconds(instantOf(past), 60), 0n, 1_000);
    return events.filter(({ subject }) => subject.id === id).map(({ type }) => type);
  };

  it('is owed until the last statement and the last file are signed', async () => {
    const id = await archived();
    await append(postgres, id, 4, [signed('k', 'r'), made('K', 'a')], past);
    expect(await owed(id)).toEqual([]);
    await append(postgres, id, 6, [requested('k', ['a'])], past);
    expect(await owed(id)).toEqual(['v1.attestation.requested']);
    await append(postgres, id, 7, [signed('l', 'r.again1')], past);
    expect(await owed(id)).toEqual(['v1.attestation.requested']);
    await append(postgres, id, 8, [made('L', 'a')], past);
    expect(await owed(id)).toEqual([]);
  });

  it('is not owed of files that the package gave up', async () => {
    const id = await archived();
    await append(postgres, id, 4, [made('K', 'a'), made('K', 'b')], past);
    const { payload } = requested('K', ['a', 'b']);
    await append(postgres, id, 6, [{ type: 'v1.attestation.requested', payload: { ...payload, statements: [] } }], past);
    const collected = goldenEvents['v1.retention.collected'].payload;
    const [one] = collected.released;
    if (one === undefined) throw new Error('nothing released');
    const released = ['a', 'b'].map((path) => ({ ...one, path: path }));
    await append(postgres, id, 7, [{ type: 'v1.retention.collected', payload: { ...collected, released, kept: [] } }], past);
    expect((await postgres.attestations.state(id))?.filesDue).toEqual(new Set());
    expect(await owed(id)).toEqual([]);
  });
});
