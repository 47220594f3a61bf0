import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instantOf, parseSha256, plusSeconds } from '@muniment/domain';
import { ingestedFile, receivedFile, refusedFile } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { append, newPackage, sequenceAll } from '../spec-support/appending.js';
import { usePostgres } from '../spec-support/use-postgres.js';

const types = ['v1.file.received', 'v1.package.finalization_due'];
const past = new Date('2026-03-01T12:00:00.000Z');
const after = plusSeconds(instantOf(past), 1);

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

async function due(olderThan = after, from = 0n, limit = 100): Promise<readonly string[]> {
  await sequenceAll(postgres);
  return (await postgres.due.events(types, olderThan, from, limit)).map((e) => `${e.subject.id} ${e.type}`);
}

describe('due work', () => {
  it('are the events of received files until they are ingested or refused', async () => {
    const [one, two] = [await newPackage(postgres), await newPackage(postgres)];
    const [a, b] = [randomUUID(), randomUUID()];
    await append(postgres, one, 2, [receivedFile(a)], past);
    await append(postgres, two, 2, [receivedFile(b)], past);
    expect(await due()).toEqual([`${one} v1.file.received`, `${two} v1.file.received`]);
    await append(postgres, one, 3, [ingestedFile(a)], past);
    expect(await due()).toEqual([`${two} v1.file.received`]);
    await append(postgres, two, 3, [refusedFile(b)], past);
    expect(await due()).toEqual([]);
  });

  it('are a finalization that is due until the package is finalized', async () => {
    const id = await newPackage(postgres);
    await append(postgres, id, 2, [{ type: 'v1.package.finalization_due', payload: { due_at: after } }], past);
    expect(await due()).toEqual([`${id} v1.package.finalization_due`]);
  });

  it('come in order of the log, from a position on, only when old enough, and only once numbered', async () => {
    const id = await newPackage(postgres);
    for (const n of [0, 1, 2]) await append(postgres, id, 2 + n, [receivedFile(randomUUID(), { path: `${n}` })], past);
    expect(await postgres.due.events(types, after, 0n, 100)).toHaveLength(1);
    await sequenceAll(postgres);
    const all = (await postgres.due.events(types, after, 0n, 100)).filter((e) => e.subject.id === id);
    expect(all.map((e) => e.revision)).toEqual([3, 4, 5]);
    const rest = await postgres.due.events(types, after, all[0]?.sequence ?? 0n, 1);
    expect(rest).toEqual([all[1]]);
    expect(await due(instantOf(past))).toEqual([]);
  });
});

describe('staging keys', () => {
  it('are needed by received files and open sessions, and by nothing else', async () => {
    const id = await newPackage(postgres);
    const [received, done] = [receivedFile(randomUUID(), { path: 'a' }), receivedFile(randomUUID(), { path: 'b' })];
    await append(postgres, id, 2, [received, done, ingestedFile(done.payload.file_id, { path: 'b' })]);
    const open = await session('staging/open');
    const ended = await session('staging/ended');
    await postgres.uploads.end(ended, 'committed');
    expect(open).not.toBe(ended);
    const keys = [received.payload.staging_key ?? '', done.payload.staging_key ?? '', 'staging/open', 'staging/ended', 'staging/none'];
    expect(await postgres.due.neededStagingKeys(keys)).toEqual(new Set([keys[0], 'staging/open']));
    expect(await postgres.due.neededStagingKeys([])).toEqual(new Set());
  });
});

describe('blobs', () => {
  it('are referenced by ingested files, and by received files that rely on them', async () => {
    const id = await newPackage(postgres);
    const [held, relied, refused, unknown] = ['1a', '2b', '3c', '4d'].map((x) => parseSha256(x.repeat(32)));
    if (!held || !relied || !refused || !unknown) throw new Error('four digests');
    const gone = receivedFile(randomUUID(), { path: 'c', sha256: refused });
    await append(postgres, id, 2, [
      ingestedFile(randomUUID(), { path: 'a', sha256: held }),
      receivedFile(randomUUID(), { path: 'b', sha256: relied, staging_key: null }),
      gone,
      refusedFile(gone.payload.file_id, { path: 'c' }),
    ]);
    expect(await postgres.due.referencedBlobs([held, relied, refused, unknown])).toEqual(new Set([held, relied]));
  });
});

async function session(stagingKey: string): Promise<string> {
  const id = randomUUID();
  const at = instantOf(past);
  await postgres.uploads.open({
    id,
    packageId: randomUUID(),
    path: 'a',
    mediaType: 'x/y',
    mode: 'tus',
    phase: 'initiated',
    size: null,
    offset: 0,
    unprovenFrom: null,
    declaredSha256: null,
    stagingKey,
    storeHandle: null,
    createdBy: 'token:spec',
    createdAt: at,
    expiresAt: after,
  });
  return id;
}
