import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp, tokensHttp, type CreatedTokenAnswer, type PackageAnswer } from '@muniment/contracts';
import pg from 'pg';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller, filePath, packageFields } from '../stack/caller.js';
import { eventually } from '../stack/left-behind.js';

let archive: ArchiveUnderTest;
let admin: Caller;
let database: pg.Client;

beforeAll(async () => {
  archive = await startArchive({ env: { MUNIMENT_LOG_LEVEL: 'trace' } });
  admin = new Caller(archive.url, archive.token);
  database = new pg.Client(archive.ownerUrl);
  await database.connect();
}, 120_000);

afterAll(async () => {
  await database?.end();
  await archive?.stop();
}, 60_000);

const secrets: string[] = [];

async function issue(verbs: readonly string[], repositories: readonly string[], name = 'e2e'): Promise<CreatedTokenAnswer> {
  const answer = await admin.post('/tokens', { name, verbs, repositories });
  expect(answer.status).toBe(201);
  const issued = tokensHttp.createdTokenAnswer.parse(answer.json());
  secrets.push(issued.token);
  return issued;
}

const caller = async (verbs: readonly string[], repositories: readonly string[]): Promise<Caller> =>
  admin.as((await issue(verbs, repositories)).token);

const bytes = Buffer.from('the bytes of the package');

describe('a token with a scope', () => {
  let mine: PackageAnswer;
  let theirs: PackageAnswer;
  beforeAll(async () => {
    mine = await admin.archive({ 'a.bin': bytes }, { repository: 'acme/widgets' });
    theirs = await admin.archive({ 'b.bin': Buffer.from('theirs') }, { repository: 'acme2/widgets' });
  }, 60_000);

  it('reads and does not write when it may only read', async () => {
    const reader = await caller(['read'], ['acme/widgets']);
    expect((await reader.get(`/packages/${mine.id}`)).status).toBe(200);
    expect((await reader.get(filePath(mine.id, 'a.bin'))).bytes.equals(bytes)).toBe(true);
    const { id } = await admin.createPackage();
    for (const answer of [
      await reader.post('/packages', packageFields()),
      await reader.put(id, 'x.bin', bytes),
      await reader.post(`/packages/${id}/finalize`),
      await reader.post(`/packages/${id}/uploads/direct`, { path: 'x', size: 1, sha256: '0'.repeat(64) }),
      await reader.send('POST', '/uploads', null, {
        'tus-resumable': '1.0.0',
        'upload-length': '1',
        'upload-metadata': `package_id ${b64(id)},path ${b64('x')}`,
      }),
      await reader.get('/tokens'),
      await reader.post('/tokens', { name: 'x', verbs: ['admin'], repositories: ['*'] }),
      await reader.send('DELETE', '/tokens/x'),
    ]) {
      expect([answer.status, answer.code]).toEqual([403, 'forbidden']);
    }
    expect((await admin.package(id)).files).toEqual([]);
  });

  it('writes and does not read when it may only write', async () => {
    const writer = await caller(['write'], ['acme/widgets']);
    const { id } = await admin.createPackage();
    expect((await writer.put(id, 'x.bin', bytes)).status).toBe(201);
    for (const path of [
      `/packages/${id}`,
      filePath(mine.id, 'a.bin'),
      `/packages/${mine.id}/manifest`,
      `/packages/${id}/retention`,
      '/events',
    ]) {
      const answer = await writer.get(path);
      expect([path, answer.status, answer.code]).toEqual([path, 403, 'forbidden']);
    }
    expect((await writer.get(`/blobs/sha256:${mine.files[0]?.sha256 ?? ''}`)).code).toBe('blob_not_found');
  });

  it('is answered what it did when it may only write', async () => {
    const writer = await caller(['write'], ['acme/*']);
    const { id } = await writer.createPackage();
    expect((await writer.put(id, 'a.bin', Buffer.from('a'))).status).toBe(201);
    expect([200, 202]).toContain((await writer.post(`/packages/${id}/finalize`, {})).status);
    expect((await writer.get(`/packages/${id}`)).code).toBe('forbidden');
  });

  it('sees nothing of other repositories, also not of those whose names begin alike', async () => {
    for (const scope of ['acme/widgets', 'acme/*']) {
      const confined = await caller(['read', 'write'], [scope]);
      for (const path of [
        `/packages/${theirs.id}`,
        filePath(theirs.id, 'b.bin'),
        `/packages/${theirs.id}/manifest`,
        `/packages/${theirs.id}/retention/history`,
      ]) {
        expect([path, (await confined.get(path)).status]).toEqual([path, 403]);
      }
      expect((await confined.put(theirs.id, 'x.bin', bytes)).status).toBe(403);
      expect((await confined.post('/packages', { ...packageFields(), repository: 'acme2/widgets' })).status).toBe(403);
      expect((await confined.get(`/blobs/sha256:${theirs.files[0]?.sha256 ?? ''}`)).status).toBe(404);
      const listed = packagesHttp.packageListAnswer.parse((await confined.get('/packages')).json()).packages;
      expect(new Set(listed.map((p) => p.repository))).toEqual(new Set(['acme/widgets']));
      const direct = packagesHttp.packageListAnswer.parse((await confined.get('/packages?repository=acme2/widgets')).json()).packages;
      expect(direct).toEqual([]);
      await confined.createPackage();
    }
  });

  it('is not fooled by wildcards of the database', async () => {
    const underscore = await caller(['read'], ['acme_/*']);
    expect(packagesHttp.packageListAnswer.parse((await underscore.get('/packages')).json()).packages).toEqual([]);
    expect((await underscore.get('/events?limit=1000')).json()).toEqual([]);
  });

  it('cannot continue, look at or end the upload of another token, also not of one with the same name', async () => {
    const owner = admin.as((await issue(['read', 'write'], ['acme/widgets'], 'ci')).token);
    const writer = admin.as((await issue(['write'], ['acme/widgets'], 'ci')).token);
    const { id } = await admin.createPackage();
    const opened = await owner.send('POST', '/uploads', null, {
      'tus-resumable': '1.0.0',
      'upload-length': '4',
      'upload-metadata': `package_id ${b64(id)},path ${b64('x')}`,
    });
    const address = opened.headers.get('location') ?? '';
    const tus = { 'tus-resumable': '1.0.0' };
    const patch = { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    expect((await writer.send('HEAD', address, null, tus)).status).toBe(404);
    expect((await writer.send('PATCH', address, 'evil', patch)).status).toBe(404);
    expect((await writer.send('DELETE', address, null, tus)).status).toBe(404);
    expect((await owner.send('PATCH', address, 'good', patch)).status).toBe(204);
  });

  it('is an administrator only with the verb and every repository', async () => {
    for (const [verbs, repositories] of [
      [['admin'], ['acme/*']],
      [['read', 'write', 'retention', 'publish'], ['*']],
    ] as const) {
      const limited = await caller(verbs, repositories);
      expect((await limited.get('/tokens')).code).toBe('forbidden');
      expect((await limited.post('/tokens', { name: 'x', verbs: ['read'], repositories: ['*'] })).code).toBe('forbidden');
    }
    expect((await (await caller(['admin'], ['*'])).get('/tokens')).status).toBe(200);
  });

  it('is refused when nobody could mean it', async () => {
    for (const body of [
      { name: 'x', verbs: [], repositories: ['*'] },
      { name: 'x', verbs: ['root'], repositories: ['*'] },
      { name: 'x', verbs: ['read'], repositories: [] },
      { name: 'x', verbs: ['read'], repositories: ['%/%'] },
      { name: 'x', verbs: ['read'], repositories: ['*/*'] },
      { name: 'x', verbs: ['read'], repositories: ['*'], expires_in_days: 0 },
      { name: 'x\n', verbs: ['read'], repositories: ['*'] },
    ]) {
      const answer = await admin.post('/tokens', body);
      expect([body, answer.status, answer.code]).toEqual([body, 400, 'request_malformed']);
    }
  });
});

describe('the end of a token', () => {
  it('comes within three seconds of its revocation, on every gateway', async () => {
    const second = await archive.start('gateway');
    const { id, token } = await issue(['read'], ['*']);
    const gateways = [admin.as(token), new Caller(second.url ?? '', token)];
    for (const gateway of gateways) expect((await gateway.get('/packages')).status).toBe(200);
    expect((await admin.send('DELETE', `/tokens/${id}`)).status).toBe(204);
    const revoked = Date.now();
    for (const gateway of gateways)
      await eventually('the token is refused', async () => (await gateway.get('/packages')).status === 401, 10_000);
    expect(Date.now() - revoked).toBeLessThan(3_500);
    const listed = (await admin.get('/tokens')).json() as { id: string; revoked_at: string | null }[];
    expect(listed.find((t) => t.id === id)?.revoked_at).not.toBeNull();
    expect((await admin.send('DELETE', '/tokens/none')).code).toBe('token_not_found');
    await second.stop();
  }, 30_000);

  it('comes by itself when it expires', async () => {
    const answer = await admin.post('/tokens', { name: 'short', verbs: ['read'], repositories: ['*'], expires_in_days: 1 });
    const { id, token, expires_at } = tokensHttp.createdTokenAnswer.parse(answer.json());
    secrets.push(token);
    expect(Math.round((Date.parse(expires_at ?? '') - Date.now()) / 3_600_000)).toBe(24);
    await database.query(`update api_tokens set expires_at = now() - interval '1 second' where id = $1`, [id]);
    expect((await admin.as(token).get('/packages')).status).toBe(401);
  });
});

describe('HTTP basic', () => {
  it.each(['any-user', '', '__token__'])('takes the token as password of user %p', async (user) => {
    const { token } = await issue(['read'], ['*']);
    const anonymous = admin.as(null);
    const basic = (password: string) => anonymous.get('/packages', { authorization: `Basic ${b64(`${user}:${password}`)}` });
    expect((await basic(token)).status).toBe(200);
    expect((await basic(`${token}x`)).status).toBe(401);
    expect((await anonymous.get('/packages', { authorization: `Basic ${b64(token)}` })).status).toBe(401);
    expect((await anonymous.get('/packages', { authorization: `basic ${b64(`${user}:${token}`)}` })).status).toBe(200);
  });
});

describe('secrets', () => {
  it('are not replayed and not kept with an Idempotency-Key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = { name: 'once', verbs: ['read'], repositories: ['*'] };
    const first = await admin.post('/tokens', body, key);
    const { token, id } = tokensHttp.createdTokenAnswer.parse(first.json());
    secrets.push(token);
    const again = await admin.post('/tokens', body, key);
    expect([again.status, tokensHttp.tokenAnswer.parse(again.json()).id]).toEqual([201, id]);
    expect(again.bytes.toString()).not.toContain('mun_');
    expect((await admin.as(token).get('/packages')).status).toBe(200);
  });

  it('stand in no log, no table and no list', async () => {
    expect((await admin.get('/tokens')).bytes.toString()).not.toMatch(/mun_|secret|digest/i);
    const lookFor = [archive.token, ...secrets].map((token) => token.split('_')[2] ?? '');
    const logs = [...archive.running].map((service) => service.log()).join('\n');
    expect(logs.length).toBeGreaterThan(1_000);
    const { rows } = await database.query<{ name: string }>(
      `select table_schema || '.' || table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    expect(rows.length).toBeGreaterThan(10);
    const tables: string[] = [];
    for (const { name } of rows) tables.push(JSON.stringify((await database.query(`select t::text as row from ${name} t`)).rows));
    const password = new URL(archive.ownerUrl).password;
    for (const secret of lookFor) {
      expect(secret).toMatch(/^[A-Za-z0-9-]{43}$/);
      expect(logs.includes(secret)).toBe(false);
      expect(tables.some((table) => table.includes(secret))).toBe(false);
    }
    expect(password === '' || !logs.includes(password)).toBe(true);
    expect(logs).not.toMatch(/postgres(ql)?:\/\/[^:@/\s]+:[^@*\s[]+@/);
  });
});

function b64(text: string): string {
  return Buffer.from(text).toString('base64');
}
