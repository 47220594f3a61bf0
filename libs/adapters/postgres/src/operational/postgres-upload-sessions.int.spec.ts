import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instantOf, plusSeconds, type UploadSession } from '@muniment/domain';
import type { Postgres } from '../postgres.js';
import { usePostgres } from '../spec-support/use-postgres.js';

const now = instantOf(new Date('2026-03-01T12:00:00.000Z'));
const later = plusSeconds(now, 60);

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

function session(change: Partial<UploadSession> = {}): UploadSession {
  const id = randomUUID();
  return {
    id,
    packageId: randomUUID(),
    path: 'dist/wheelhouse.tar.gz',
    mediaType: 'application/gzip',
    mode: 'tus',
    phase: 'initiated',
    size: 2 ** 42,
    offset: 0,
    unprovenFrom: null,
    declaredSha256: null,
    stagingKey: `staging/${id}`,
    storeHandle: null,
    createdBy: 'token:spec',
    createdAt: now,
    expiresAt: later,
    ...change,
  };
}

describe('an upload session', () => {
  it('is kept as it was opened; opening it again gives what stands there', async () => {
    const first = session();
    expect(await postgres.uploads.open(first)).toEqual(first);
    expect(await postgres.uploads.open({ ...first, path: 'other' })).toEqual(first);
    expect(await postgres.uploads.find(first.id)).toEqual(first);
    expect(await postgres.uploads.find(randomUUID())).toBeNull();
  });

  it('refuses another session for the same staged bytes', async () => {
    const { stagingKey } = await postgres.uploads.open(session());
    await expect(postgres.uploads.open(session({ stagingKey }))).rejects.toThrow();
  });

  it('moves while it is open and not after its end', async () => {
    const { id } = await postgres.uploads.open(session());
    await postgres.uploads.progress(id, { offset: 5, phase: 'receiving', storeHandle: 'h' });
    expect(await postgres.uploads.find(id)).toMatchObject({ offset: 5, phase: 'receiving', storeHandle: 'h' });
    await postgres.uploads.end(id, 'committed');
    await postgres.uploads.progress(id, { offset: 9 });
    await postgres.uploads.end(id, 'aborted');
    expect(await postgres.uploads.find(id)).toMatchObject({ offset: 5, phase: 'committed' });
  });

  it('is overdue when it is open and past its time', async () => {
    const open = await postgres.uploads.open(session());
    const ended = await postgres.uploads.open(session());
    await postgres.uploads.end(ended.id, 'aborted');
    const ids = async (at: typeof now) => (await postgres.uploads.overdue(at, 1000)).map((s) => s.id);
    expect(await ids(now)).not.toContain(open.id);
    expect(await ids(later)).toContain(open.id);
    expect(await ids(later)).not.toContain(ended.id);
    expect(await postgres.uploads.overdue(later, 1)).toHaveLength(1);
  });
});

describe('the lease of an upload session', () => {
  it('has one owner at a time, who may renew it, until it is given back', async () => {
    const { uploads } = postgres;
    const { id } = await uploads.open(session());
    expect(await uploads.lease(id, 'one', now, later)).toBe(true);
    expect(await uploads.lease(id, 'two', now, later)).toBe(false);
    expect(await uploads.lease(id, 'one', now, plusSeconds(later, 1))).toBe(true);
    await uploads.release(id, 'two');
    expect(await uploads.lease(id, 'two', later, plusSeconds(later, 9))).toBe(false);
    await uploads.release(id, 'one');
    expect(await uploads.lease(id, 'two', now, later)).toBe(true);
  });

  it('of a killed owner runs out by itself', async () => {
    const { uploads } = postgres;
    const { id } = await uploads.open(session());
    await uploads.lease(id, 'killed', now, later);
    expect(await uploads.lease(id, 'next', plusSeconds(later, -1), plusSeconds(later, 60))).toBe(false);
    expect(await uploads.lease(id, 'next', later, plusSeconds(later, 60))).toBe(true);
    expect(await uploads.lease(id, 'killed', later, plusSeconds(later, 60))).toBe(false);
  });

  it('goes to one of many who ask at once', async () => {
    const { uploads } = postgres;
    const { id } = await uploads.open(session());
    const asked = await Promise.all(Array.from({ length: 12 }, (_, n) => uploads.lease(id, `owner-${n}`, now, later)));
    expect(asked.filter(Boolean)).toHaveLength(1);
  });

  it('of a session that does not exist is refused', async () => {
    expect(await postgres.uploads.lease(randomUUID(), 'one', now, later)).toBe(false);
  });
});
