import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp, retentionHttp, problem } from '@muniment/contracts';
import pg from 'pg';
import type { ArchiveUnderTest } from '../stack/archive.js';
import { Caller, packageFields, type Answer } from '../stack/caller.js';
import { eventually } from '../stack/left-behind.js';
import { useArchive } from '../stack/use-archive.js';

let archive: ArchiveUnderTest;
let api: Caller;

useArchive((opened, caller) => ([archive, api] = [opened, caller]));

describe('creating a package', () => {
  const create = (body: unknown) => api.post('/packages', body);
  const createRaw = (body: string | Uint8Array<ArrayBuffer>) => api.send('POST', '/packages', body, { 'content-type': 'application/json' });
  const fields = packageFields();

  it('answers the whole package and where it is', async () => {
    const run = { id: '77', attempt: 2, commit: 'abc', ref: 'refs/heads/main', url: 'https://ci.example/77' };
    const answer = await create({
      ...fields,
      kind: 'wheelhouse',
      version: '1.0',
      subject: 'x',
      run,
      metadata: { os: 'linux', ünï: 'ü', __proto__x: '1' },
    });
    expect(answer.status).toBe(201);
    const pkg = packagesHttp.packageAnswer.parse(answer.json());
    expect(pkg).toMatchObject({
      ...without('retention_class'),
      state: 'created',
      kind: 'wheelhouse',
      run,
      files: [],
      retention: { retention_class: 'transient' },
    });
    expect(answer.headers.get('location')).toBe(`/packages/${pkg.id}`);
    expect(await api.package(pkg.id)).toEqual(pkg);
    const expiry = Date.parse(pkg.retention.current_expires_at ?? '') - Date.parse(pkg.created_at);
    expect(expiry).toBe(7 * 86_400_000);
  });

  it('lists the classes that exist when the retention class does not', async () => {
    const answer = await create({ ...fields, retention_class: 'forever' });
    expect([answer.status, answer.code]).toEqual([400, 'unknown_retention_class']);
    expect(answer.json()).toMatchObject({
      known: ['transient', 'raw-evidence', 'summary-evidence', 'release-evidence', 'permanent-record'],
    });
  });

  const without = (key: string) => Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));
  const json = JSON.stringify(fields);
  const refused: readonly (readonly [string, string, () => Promise<Answer>])[] = [
    ['an extra field', 'request_malformed', () => create({ ...fields, color: 'red' })],
    ['no repository', 'request_malformed', () => create(without('repository'))],
    ['no class', 'request_malformed', () => create(without('retention_class'))],
    ['a repository that is a path', 'request_malformed', () => create({ ...fields, repository: '../etc' })],
    ['a repository with a third part', 'request_malformed', () => create({ ...fields, repository: 'a/b/c' })],
    ['a name that is empty', 'request_malformed', () => create({ ...fields, name: '' })],
    ['a name of 300 characters', 'request_malformed', () => create({ ...fields, name: 'n'.repeat(300) })],
    ['a NUL in a name', 'request_malformed', () => create({ ...fields, name: 'a\0b' })],
    ['a NUL in a metadata value', 'request_malformed', () => create({ ...fields, metadata: { a: 'b\0' } })],
    ['a NUL in a metadata key', 'request_malformed', () => create({ ...fields, metadata: { 'a\0': 'b' } })],
    ['a number in metadata', 'request_malformed', () => create({ ...fields, metadata: { a: 1 } })],
    ['a negative attempt', 'request_malformed', () => create({ ...fields, run: { id: '1', attempt: -1 } })],
    ['a lone surrogate', 'request_malformed', () => createRaw(json.replace('"e2e"', '"\\ud800"'))],
    ['a duplicate key', 'json_duplicate_key', () => createRaw(json.replace('{', '{"name":"other",'))],
    ['a nested duplicate key', 'json_duplicate_key', () => createRaw(json.replace('{', '{"metadata":{"a":"1","\\u0061":"2"},'))],
    ['a float', 'json_not_integer', () => createRaw(json.replace('{', '{"run":{"id":"1","attempt":1.0},'))],
    ['an exponent', 'json_not_integer', () => createRaw(json.replace('{', '{"run":{"id":"1","attempt":1e0},'))],
    ['bad UTF-8', 'request_malformed', () => createRaw(Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')]))],
    ['a byte order mark', 'request_malformed', () => createRaw(`\ufeff${json.slice(0, -1)},"x":1}`)],
    ['no JSON', 'request_malformed', () => createRaw('name=x')],
    ['no object', 'request_malformed', () => createRaw('[]')],
    ['null', 'request_malformed', () => createRaw('null')],
    ['nothing', 'request_malformed', () => createRaw('')],
    ['deep nesting', 'request_malformed', () => createRaw('['.repeat(100_000))],
    ['__proto__ in metadata', 'request_malformed', () => createRaw(json.replace('{', '{"metadata":{"__proto__":"x"},'))],
    ['__proto__', 'request_malformed', () => createRaw(json.replace('{', '{"__proto__":{"name":"x"},'))],
  ];
  it.each(refused)('refuses %s with %s', async (_, code, request) => {
    const answer = await request();
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(problem.parse(answer.json())).toMatchObject({ type: `urn:muniment:problem:${code}`, status: 400 });
  });

  it('refuses a body of more than a MiB', async () => {
    const answer = await create({ ...fields, metadata: { a: 'x'.repeat(1024 * 1024) } });
    expect([answer.status, answer.code]).toEqual([413, 'body_too_large']);
  });

  it('answers 404 with stable codes for what is not there', async () => {
    const id = randomUUID();
    for (const [method, path, code] of [
      ['GET', `/packages/${id}`, 'package_not_found'],
      ['GET', '/packages/not-a-uuid', 'package_not_found'],
      ['GET', `/packages/${id}/manifest`, 'package_not_found'],
      ['GET', `/packages/${id}/files/a`, 'package_not_found'],
      ['GET', `/packages/${id}/retention`, 'package_not_found'],
      ['GET', `/packages/${id}/retention/history`, 'package_not_found'],
      ['POST', `/packages/${id}/finalize`, 'package_not_found'],
      ['PUT', `/packages/${id}/files/a`, 'package_not_found'],
      ['GET', `/blobs/sha256:${'0'.repeat(64)}`, 'blob_not_found'],
      ['GET', '/nowhere', 'route_not_found'],
    ] as const) {
      const answer = await api.send(method, path, method === 'PUT' ? 'x' : null);
      expect([path, answer.status, answer.code]).toEqual([path, 404, code]);
      expect(problem.parse(answer.json()).detail.length).toBeGreaterThan(10);
    }
  });

  it('answers 405 with what is allowed where another method is meant', async () => {
    const id = randomUUID();
    for (const [method, path, allow] of [
      ['DELETE', '/packages', 'GET, HEAD, POST'],
      ['PATCH', `/packages/${id}/files/a`, 'GET, HEAD, PUT'],
      ['GET', `/packages/${id}/finalize`, 'POST'],
    ] as const) {
      const answer = await api.send(method, path, null);
      expect([path, answer.status, answer.code, answer.headers.get('allow')]).toEqual([path, 405, 'method_not_allowed', allow]);
    }
  });
});

describe('listing packages', () => {
  const repository = `acme/list-${randomUUID().slice(0, 8)}`;
  const ids: string[] = [];

  beforeAll(async () => {
    for (let i = 0; i < 7; i++) {
      const more = {
        repository,
        producer: i < 3 ? 'a' : 'b',
        name: `n${i % 2}`,
        subject: `s${i}`,
        run: { id: `r${i}` },
        metadata: { even: String(i % 2 === 0), 'k.x': 'é' },
      };
      ids.unshift((await api.createPackage({ ...more, retention_class: i === 6 ? 'permanent-record' : 'transient' })).id);
    }
  });

  const listed = async (query: string): Promise<readonly string[]> => {
    const answer = await api.get(`/packages?repository=${repository}&${query}`);
    expect(answer.status).toBe(200);
    return packagesHttp.packageListAnswer.parse(answer.json()).packages.map((p) => p.id);
  };
  const at = (...indexes: readonly number[]) => indexes.map((i) => ids[ids.length - 1 - i]);

  it('filters by every documented field', async () => {
    expect(await listed('')).toEqual(ids);
    expect(await listed('producer=a')).toEqual(at(2, 1, 0));
    expect(await listed('name=n1')).toEqual(at(5, 3, 1));
    expect(await listed('subject=s4')).toEqual(at(4));
    expect(await listed('run=r2')).toEqual(at(2));
    expect(await listed('retention_class=permanent-record')).toEqual(at(6));
    expect(await listed('state=created')).toEqual(ids);
    expect(await listed('state=finalized')).toEqual([]);
    expect(await listed('metadata.even=true')).toEqual(at(6, 4, 2, 0));
    expect(await listed('metadata.even=true&metadata.k.x=%C3%A9&producer=b')).toEqual(at(6, 4));
  });

  it('filters by what packages were built for', async () => {
    const built = async (more: Readonly<Record<string, unknown>>) =>
      (await api.createPackage({ repository: `${repository}-targets`, ...more })).id;
    const musl = await built({ target: 'x86_64-unknown-linux-musl' });
    const mac = await built({ metadata: { target: 'aarch64-apple-darwin' } });
    await built({});
    const of = async (query: string): Promise<readonly unknown[]> => {
      const answer = await api.get(`/packages?repository=${repository}-targets&${query}`);
      return packagesHttp.packageListAnswer.parse(answer.json()).packages.map(({ id, target }) => ({ id, target }));
    };
    const onMusl = { id: musl, target: { name: 'x86_64-unknown-linux-musl', platform: 'musllinux', arch: 'x86_64' } };
    const onMac = { id: mac, target: { name: 'aarch64-apple-darwin', platform: 'macos', arch: 'aarch64' } };
    expect(await of('target=x86_64-unknown-linux-musl')).toEqual([onMusl]);
    expect(await of('platform=macos')).toEqual([onMac]);
    expect(await of('arch=x86_64&platform=musllinux')).toEqual([onMusl]);
    expect(await of('platform=windows')).toEqual([]);
    expect(await of('')).toEqual([expect.objectContaining({ target: null }), onMac, onMusl]);
  });

  it('gives pages that never repeat or skip, also while others write', async () => {
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const answer = await api.get(`/packages?repository=${repository}&limit=3${after === '' ? '' : `&after=${after}`}`);
      const page = packagesHttp.packageListAnswer.parse(answer.json());
      seen.push(...page.packages.map((p) => p.id));
      await api.createPackage({ repository });
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(ids);
  });

  it.each(['limit=0', 'limit=501', 'limit=x', 'after=nonsense', 'state=gone', 'color=red', 'run=%00', 'metadata.x=%00', 'after=%00'])(
    'refuses %s',
    async (query) => {
      const answer = await api.get(`/packages?${query}`);
      expect([answer.status, answer.code]).toEqual([400, 'request_malformed']);
    },
  );
});

describe('Idempotency-Key', () => {
  it('gives the same answer again, and refuses the key for another request', async () => {
    const body = packageFields();
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    const first = await api.post('/packages', body, key);
    const again = await api.post('/packages', body, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.json()).toEqual(first.json());
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
    const other = await api.post('/packages', { ...body, name: 'other' }, key);
    expect([other.status, other.code]).toEqual([422, 'idempotency_key_reused']);
    const elsewhere = await api.post('/tokens', body, key);
    expect([elsewhere.status, elsewhere.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('makes one package out of concurrent duplicates', async () => {
    const body = packageFields();
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.post('/packages', body, key)));
    for (const { status, code } of answers) expect([201, 'idempotency_in_progress']).toContain(status === 201 ? 201 : code);
    const made = new Set(answers.flatMap((a) => (a.status === 201 ? [a.headers.get('location')] : [])));
    expect(made.size).toBe(1);
    const list = packagesHttp.packageListAnswer.parse((await api.get(`/packages?name=${String(body['name'])}`)).json());
    expect(list.packages).toHaveLength(1);
  });

  it('lets a refused request be corrected under the same key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    expect((await api.post('/packages', { ...packageFields(), retention_class: 'x' }, key)).status).toBe(400);
    expect((await api.post('/packages', packageFields(), key)).status).toBe(201);
  });

  it.each(['', 'x'.repeat(201), 'with space'])('refuses the key %p', async (key) => {
    const answer = await api.post('/packages', packageFields(), { 'idempotency-key': key });
    expect([answer.status, answer.code]).toEqual([400, 'request_malformed']);
  });

  it('still means one package when the gateway is killed between the append and the answer', async () => {
    const database = new pg.Client(archive.ownerUrl);
    await database.connect();
    const gateway = await archive.start('gateway');
    const doomed = new Caller(gateway.url ?? '', archive.token);
    const body = packageFields();
    const key = { 'idempotency-key': randomUUID() };
    try {
      // Recording the answer hangs, so that the kill falls exactly between the append and the answer.
      await database.query(`create function hang() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end'`);
      await database.query(
        `create trigger hang before update of status on idempotency_keys for each row when (new.key = '${key['idempotency-key']}') execute function hang()`,
      );
      const lost = doomed.post('/packages', body, key).catch(() => null);
      await eventually('the package is recorded', async () => {
        const { rowCount } = await database.query('select 1 from packages where name = $1', [body['name']]);
        return rowCount === 1;
      });
      await gateway.kill();
      expect(await lost).toBeNull();
      await database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where state = 'active' and query like 'update idempotency_keys%'`,
      );
      await database.query('drop trigger hang on idempotency_keys');
      expect((await api.post('/packages', body, key)).code).toBe('idempotency_in_progress');
      // Later, without waiting for it.
      await database.query(`update idempotency_keys set claimed_at = claimed_at - interval '2 minutes' where key = $1`, [
        key['idempotency-key'],
      ]);
      const answer = await api.post('/packages', body, key);
      expect(answer.status).toBe(201);
      const { rows } = await database.query<{ id: string }>('select id from packages where name = $1', [body['name']]);
      expect(rows.map((r) => r.id)).toEqual([packagesHttp.packageAnswer.parse(answer.json()).id]);
    } finally {
      await database.query('drop function hang cascade');
      await database.end();
    }
  }, 60_000);
});

describe('retention', () => {
  it('explains what keeps the package and shows its history', async () => {
    const { id, created_at } = await api.createPackage({ retention_class: 'raw-evidence' });
    const retention = retentionHttp.retentionAnswer.parse((await api.get(`/packages/${id}/retention`)).json());
    const expiry = new Date(Date.parse(created_at) + 30 * 86_400_000).toISOString();
    expect(retention).toMatchObject({
      retention_class: 'raw-evidence',
      current_expires_at: expiry,
      eligible_for_deletion: false,
      active_holds: [],
    });
    expect(retention.reasons.length).toBeGreaterThan(0);
    await eventually(
      'the events are sequenced',
      async () => ((await api.get(`/packages/${id}/retention/history`)).json() as unknown[]).length > 0,
    );
    const history = (await api.get(`/packages/${id}/retention/history`)).json() as { type: string; payload: object }[];
    expect(history.map((e) => e.type)).toEqual(['v1.retention.default_applied']);
    expect(history[0]?.payload).toEqual({ retention_class: 'raw-evidence', expires_at: expiry });
  });

  it('never expires a permanent record', async () => {
    const { retention } = await api.createPackage({ retention_class: 'permanent-record' });
    expect(retention).toMatchObject({ current_expires_at: null, next_change_at: null, eligible_for_deletion: false });
  });
});
