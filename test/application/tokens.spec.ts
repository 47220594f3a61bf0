import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Authenticate, IssueToken, type IssueTokenCommand } from '@muniment/application';
import { MemoryWorld } from '@muniment/testing';

const command: IssueTokenCommand = { name: 'acme-ci', verbs: ['write'], repositories: ['acme/*'], expiresInDays: 1 };

async function given(change: Partial<IssueTokenCommand> = {}) {
  const world = new MemoryWorld();
  const issued = await new IssueToken(world.tokens, world.clock).execute({ ...command, ...change });
  // No caching: what is asked here is what is stored.
  return { world, ...issued, authenticate: new Authenticate(world.tokens, world.clock, 0) };
}

describe('an issued token', () => {
  it('tells who presents it', async () => {
    const { token, principal, authenticate } = await given();
    expect(await authenticate.execute(token)).toEqual(principal);
    expect(principal).toMatchObject({ name: 'acme-ci', verbs: ['write'], repositories: ['acme/*'], expiresAt: '2026-03-02T12:00:00.000Z' });
  });

  it('is written in characters that need no escaping anywhere, and is another each time', async () => {
    const tokens = new Set<string>();
    for (let n = 0; n < 200; n++) tokens.add((await given()).token);
    expect(tokens.size).toBe(200);
    for (const token of tokens) expect(token).toMatch(/^mun_[A-Za-z0-9-]{16}_[A-Za-z0-9-]{43}$/);
  });

  it('is one, however often its request comes: a gateway was killed before it answered, or stood still while another one did', async () => {
    const requestId = '01900000-0000-7000-8000-00000000aaaa';
    const { token, world, principal, authenticate } = await given({ requestId });
    const again = new IssueToken(world.tokens, world.clock).execute({ ...command, requestId });
    await expect(again).rejects.toMatchObject({ code: 'idempotency_key_reused', facts: { token_id: principal.tokenId } });
    expect(await world.tokens.list()).toHaveLength(1);
    expect(await authenticate.execute(token)).toEqual(principal);
  });

  it('is stored as a digest of its secret only', async () => {
    const { token, principal, world } = await given();
    const stored = await world.tokens.find(principal.tokenId);
    const secret = token.slice(token.lastIndexOf('_') + 1);
    expect(Buffer.from(stored?.secretDigest ?? []).toString('hex')).toBe(createHash('sha256').update(secret).digest('hex'));
    expect(JSON.stringify(await world.tokens.list())).not.toContain(secret);
  });

  it('lives for ever when it was not given an end', async () => {
    const { token, world, authenticate } = await given({ expiresInDays: null });
    world.clock.pass(1_000_000_000);
    expect(await authenticate.execute(token)).not.toBeNull();
  });
});

describe('a presented token', () => {
  it('is nobody’s when it was revoked', async () => {
    const { token, principal, world, authenticate } = await given();
    expect(await world.tokens.revoke(principal.tokenId, world.clock.now())).toBe(true);
    expect(await authenticate.execute(token)).toBeNull();
  });

  it('is nobody’s from the moment it expires', async () => {
    const { token, world, authenticate } = await given();
    world.clock.pass(86_399);
    expect(await authenticate.execute(token)).not.toBeNull();
    world.clock.pass(1);
    expect(await authenticate.execute(token)).toBeNull();
  });

  it('is nobody’s when it expires while it is remembered', async () => {
    const { token, world } = await given();
    const remembering = new Authenticate(world.tokens, world.clock, 1_000_000);
    expect(await remembering.execute(token)).not.toBeNull();
    world.clock.pass(86_400);
    expect(await remembering.execute(token)).toBeNull();
  });

  it('is nobody’s with a wrong secret, also while the right one is remembered', async () => {
    const { token, principal, world } = await given();
    const remembering = new Authenticate(world.tokens, world.clock, 1_000_000);
    const wrong = `mun_${principal.tokenId}_${'A'.repeat(43)}`;
    expect(await remembering.execute(wrong)).toBeNull();
    expect(await remembering.execute(token)).not.toBeNull();
    expect(await remembering.execute(wrong)).toBeNull();
  });

  it('is nobody’s when another token’s secret follows its id', async () => {
    const { token, world, authenticate } = await given();
    const other = await new IssueToken(world.tokens, world.clock).execute(command);
    const secret = token.slice(token.lastIndexOf('_') + 1);
    expect(await authenticate.execute(`mun_${other.principal.tokenId}_${secret}`)).toBeNull();
  });

  it('that is unknown becomes known as soon as it is issued elsewhere', async () => {
    const { token, world, principal } = await given();
    const stored = await world.tokens.find(principal.tokenId);
    if (!stored) throw new Error('not stored');
    const elsewhere = new MemoryWorld();
    const remembering = new Authenticate(elsewhere.tokens, elsewhere.clock, 1_000_000);
    expect(await remembering.execute(token)).toBeNull();
    await elsewhere.tokens.create({ ...stored.principal, secretDigest: stored.secretDigest, createdAt: world.clock.now() });
    expect(await remembering.execute(token)).not.toBeNull();
  });

  it.each(['', 'mun_', 'mun_a_b', 'Bearer x', `mun_${'a'.repeat(16)}_${'b'.repeat(42)}`, `mun_${'a'.repeat(16)}_${'b'.repeat(44)}`])(
    'that is malformed is nobody’s and no question to the database: "%s"',
    async (presented) => {
      const { clock } = new MemoryWorld();
      const refuse = () => Promise.reject(new Error('asked the database'));
      const unreachable = { create: refuse, find: refuse, list: refuse, revoke: refuse };
      expect(await new Authenticate(unreachable, clock).execute(presented)).toBeNull();
    },
  );

  it('is asked about once in a while, not with every request', async () => {
    const { token, world } = await given();
    let asked = 0;
    const { tokens } = world;
    const counting = {
      create: tokens.create.bind(tokens),
      list: tokens.list.bind(tokens),
      revoke: tokens.revoke.bind(tokens),
      find: (id: string) => {
        asked++;
        return tokens.find(id);
      },
    };
    const remembering = new Authenticate(counting, world.clock, 1_000_000);
    for (let n = 0; n < 5; n++) await remembering.execute(token);
    expect(asked).toBe(1);
  });
});
