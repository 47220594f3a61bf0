import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { instantOf, plusSeconds, type Principal } from '@muniment/domain';
import type { Postgres } from '../postgres.js';
import { openPostgres } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';

const now = instantOf(new Date('2026-03-01T12:00:00.000Z'));

let server: ScratchServer;
let database: ScratchDatabase;
let postgres: Postgres;
let neighbour: Postgres;
beforeAll(async () => {
  server = await startScratchServer();
  database = await server.migrated();
  postgres = openPostgres(database.serviceUrl);
  neighbour = openPostgres(database.serviceUrl);
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await neighbour.close();
  await server.stop();
});

describe('idempotency keys', () => {
  const answer = { status: 201, headers: { location: '/packages/1' }, body: '{"id":"1"}' };

  it('are claimed once, then busy, then answered with what was recorded', async () => {
    const key = randomUUID();
    const claim = () => postgres.idempotency.claim('t', key, 'print', now);
    expect(await claim()).toEqual({ outcome: 'claimed' });
    expect(await claim()).toEqual({ outcome: 'busy' });
    await postgres.idempotency.answer('t', key, answer);
    expect(await claim()).toEqual({ outcome: 'answered', answer });
    // the first answer stands, and nobody gives it back
    await postgres.idempotency.answer('t', key, { ...answer, status: 500 });
    await postgres.idempotency.release('t', key);
    expect(await claim()).toEqual({ outcome: 'answered', answer });
  });

  it('go to one of many requests at once', async () => {
    const key = randomUUID();
    const asked = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (n % 2 ? neighbour : postgres).idempotency.claim('t', key, 'print', now)),
    );
    expect(asked.map((a) => a.outcome).sort()).toEqual([...Array<string>(11).fill('busy'), 'claimed']);
  });

  it('are refused for another request, before and after the answer', async () => {
    const key = randomUUID();
    await postgres.idempotency.claim('t', key, 'print', now);
    expect(await postgres.idempotency.claim('t', key, 'other', plusSeconds(now, 3600))).toEqual({ outcome: 'reused' });
    await postgres.idempotency.answer('t', key, answer);
    expect(await postgres.idempotency.claim('t', key, 'other', now)).toEqual({ outcome: 'reused' });
  });

  it('belong to their token', async () => {
    const key = randomUUID();
    await postgres.idempotency.claim('one', key, 'print', now);
    expect(await postgres.idempotency.claim('two', key, 'print', now)).toEqual({ outcome: 'claimed' });
  });

  it('of a request that takes long are renewed, and stay', async () => {
    const key = randomUUID();
    await postgres.idempotency.claim('t', key, 'print', now);
    await postgres.idempotency.renew('t', key, plusSeconds(now, 9));
    expect(await neighbour.idempotency.claim('t', key, 'print', plusSeconds(now, 18))).toEqual({ outcome: 'busy' });
  });

  it('of a process that died unanswered are taken over after ten seconds, by one', async () => {
    const key = randomUUID();
    await postgres.idempotency.claim('t', key, 'print', now);
    expect(await postgres.idempotency.claim('t', key, 'print', plusSeconds(now, 10))).toEqual({ outcome: 'busy' });
    const late = plusSeconds(now, 11);
    const asked = await Promise.all([1, 2, 3].map(() => postgres.idempotency.claim('t', key, 'print', late)));
    expect(asked.map((a) => a.outcome).sort()).toEqual(['busy', 'busy', 'claimed']);
  });

  it('are free again when given back', async () => {
    const key = randomUUID();
    await postgres.idempotency.claim('t', key, 'print', now);
    await postgres.idempotency.release('t', key);
    expect(await postgres.idempotency.claim('t', key, 'other', now)).toEqual({ outcome: 'claimed' });
  });

  it('are forgotten when old', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    await postgres.idempotency.claim('f', old, 'print', plusSeconds(now, -86_400));
    await postgres.idempotency.claim('f', young, 'print', now);
    expect(await postgres.idempotency.forget(now)).toBe(1);
    expect(await postgres.idempotency.claim('f', young, 'other', now)).toEqual({ outcome: 'reused' });
  });
});

describe('locks', () => {
  it('let one work at a time, and tell others at once or let them wait', async () => {
    const order: string[] = [];
    let waiting: Promise<string> | undefined;
    const first = await postgres.locks.hold('sweep', async () => {
      expect(await neighbour.locks.tryHold('sweep', () => Promise.resolve('twice'))).toBeNull();
      expect(await neighbour.locks.tryHold('another', () => Promise.resolve('free'))).toBe('free');
      waiting = neighbour.locks.hold('sweep', () => Promise.resolve(void order.push('second')).then(() => 'two'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push('first');
      return 'one';
    });
    expect([first, await waiting]).toEqual(['one', 'two']);
    expect(order).toEqual(['first', 'second']);
  });

  it('are free again when the work fails', async () => {
    const failing = postgres.locks.hold('fails', () => Promise.reject(new Error('work failed')));
    await expect(failing).rejects.toThrow('work failed');
    expect(await neighbour.locks.tryHold('fails', () => Promise.resolve('free'))).toBe('free');
  });

  it('are free again when the connection of their holder dies', async () => {
    let finish = (): void => undefined;
    const until = new Promise<void>((resolve) => (finish = resolve));
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const held = postgres.locks.hold('dies', async () => {
      started();
      await until;
    });
    await running;
    await once(
      database.ownerUrl,
      `select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(await neighbour.locks.tryHold('dies', () => Promise.resolve('free'))).toBe('free');
    finish();
    // the holder learns that it worked without its lock at the end
    await expect(held).rejects.toThrow();
    expect(await postgres.locks.tryHold('dies', () => Promise.resolve('usable'))).toBe('usable');
  });
});

describe('tokens', () => {
  it('are found by id, listed, and revoked once', async () => {
    const principal: Principal = {
      tokenId: randomUUID(),
      name: 'ci',
      verbs: ['read', 'write'],
      repositories: ['acme/*'],
      expiresAt: plusSeconds(now, 60),
      revokedAt: null,
    };
    const secretDigest = createHash('sha256').update('secret').digest();
    expect(await postgres.tokens.create({ ...principal, secretDigest, createdAt: now })).toBe(true);
    expect(await postgres.tokens.create({ ...principal, name: 'other', secretDigest: new Uint8Array(32), createdAt: now })).toBe(false);
    const found = await postgres.tokens.find(principal.tokenId);
    expect(found?.principal).toEqual(principal);
    expect(Buffer.from(found?.secretDigest ?? []).equals(secretDigest)).toBe(true);
    expect(await postgres.tokens.list()).toContainEqual({ ...principal, createdAt: now });
    expect(await postgres.tokens.revoke(principal.tokenId, now)).toBe(true);
    expect(await postgres.tokens.revoke(principal.tokenId, plusSeconds(now, 5))).toBe(true);
    expect((await postgres.tokens.find(principal.tokenId))?.principal.revokedAt).toBe(now);
    expect(await postgres.tokens.revoke('none', now)).toBe(false);
    expect(await postgres.tokens.find('none')).toBeNull();
  });
});
