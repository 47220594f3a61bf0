import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp, retentionHttp, tokensHttp, type PreviewAnswer, type RetentionAnswer } from '@muniment/contracts';
import { instantOf, type RetentionEvent } from '@muniment/domain';
import { Postgres } from '@muniment/postgres';
import { goodWheelhouse } from '../corpus/good-files.js';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller, filePath } from '../stack/caller.js';
import { SettableTime } from '../stack/settable-time.js';

const start = '2026-03-01T12:00:00.000Z';
const later = (days: number) => instantOf(new Date(Date.parse(start) + days * 86_400_000));
const wheelhouse = 'wheelhouse-3.11.tgz';

const time = new SettableTime(start);
let archive: ArchiveUnderTest;
let api: Caller;
let postgres: Postgres;

beforeAll(async () => {
  // No retention service: nobody but these specs sweeps or collects.
  archive = await startArchive({ env: { MUNIMENT_CLOCK_FILE: time.file }, services: ['gateway', 'hasher'] });
  api = new Caller(archive.url, archive.token);
  postgres = new Postgres({ MUNIMENT_DATABASE_URL: archive.ownerUrl, MUNIMENT_DATABASE_POOL: 2 });
}, 120_000);

afterAll(async () => {
  await postgres?.close();
  await archive?.stop();
  time.remove();
}, 60_000);

const retention = async (id: string, query = ''): Promise<RetentionAnswer> => {
  const answer = await api.get(`/packages/${id}/retention${query}`);
  expect([answer.status, answer.code]).toEqual([200, undefined]);
  return retentionHttp.retentionAnswer.parse(answer.json());
};
const preview = async (query: string, as = api): Promise<PreviewAnswer> => {
  const answer = await as.get(`/retention/preview?${query}`);
  expect([answer.status, answer.code]).toEqual([200, undefined]);
  return retentionHttp.previewAnswer.parse(answer.json());
};
const hold = async (id: string, reason: string): Promise<string> =>
  retentionHttp.holdAnswer.parse((await api.post(`/packages/${id}/retention/holds`, { reason })).json()).hold_id;
const codeOf = async (path: string): Promise<string | undefined> => (await api.get(path)).code;
/** Records what a collection would. */
async function record(id: string, fact: RetentionEvent): Promise<void> {
  const attribution = { actor: 'service:retention', time: later(0) };
  const { revision } = await api.package(id);
  await postgres.log.append({ subject: { kind: 'package', id }, expectedRevision: revision, facts: [fact], attribution });
}

describe('the state as of an instant', () => {
  it('is what the log said then, however much has happened since', async () => {
    const { id } = await api.createPackage();
    const opened = await retention(id);
    time.set(later(1));
    await api.post(`/packages/${id}/retention/extensions`, { new_expires_at: later(70), reason: 'audit' });
    const extended = await retention(id);
    time.set(later(2));
    const holdId = await hold(id, 'lawsuit');
    time.set(later(80));
    expect(await retention(id, `?as_of=${start}`)).toEqual(opened);
    expect(await retention(id, `?as_of=${later(1)}`)).toEqual(extended);
    expect(await retention(id, `?as_of=${encodeURIComponent(later(1).replace('Z', '+00:00'))}`)).toEqual(extended);
    expect(await retention(id, `?as_of=${later(3)}`)).toMatchObject({ active_holds: [{ hold_id: holdId, applied_at: later(2) }] });
    expect(await retention(id, `?as_of=${later(80)}`)).toEqual(await retention(id));
    expect(await codeOf(`/packages/${id}/retention?as_of=${later(-1)}`)).toBe('package_not_found');
    for (const bad of ['as_of=yesterday', 'as_of=2026-13-01T00:00:00Z', 'asof=x'])
      expect(await codeOf(`/packages/${id}/retention?${bad}`)).toBe('request_malformed');
    time.set(start);
  });
});

describe('the preview', () => {
  it('pages through what would be let go, also if a hold ended, only where the token may read', async () => {
    const name = `preview-${randomUUID()}`;
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.push((await api.createPackage({ repository: 'acme/preview', name })).id);
    const holdId = await hold(made[4] ?? '', 'lawsuit');
    const answer = await api.post('/tokens', { name: 'e2e', verbs: ['read'], repositories: ['acme/preview'] });
    const reader = api.as(tokensHttp.createdTokenAnswer.parse(answer.json()).token);
    const all = async (query: string): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (let after = ''; ; ) {
        const page = await preview(`limit=2&${query}${after === '' ? '' : `&after=${after}`}`, reader);
        ids.push(...page.packages.map(({ package_id }) => package_id));
        if (page.next === null) return ids;
        after = page.next;
      }
    };
    expect(await all(`at=${later(6.9)}`)).toEqual([]);
    expect(await all(`at=${later(7)}`)).toEqual(made.slice(0, 4).sort());
    expect(await all(`at=${later(7)}&without_hold=${holdId}`)).toEqual([...made].sort());
    expect(await all('')).toEqual([]);
    const thought = (await preview(`at=${later(7)}&without_hold=${holdId}&limit=500`)).packages.find((p) => p.package_id === made[4]);
    expect(thought).toMatchObject({ repository: 'acme/preview', name, retention: { active_holds: [], eligible_for_deletion: false } });
    expect(thought?.retention.reasons.map(({ code }) => code)).toEqual(['expired', 'eligible_for_deletion']);
    expect((await retention(made[0] ?? '')).eligible_for_deletion).toBe(false);
  });

  it.each([
    ['at=tomorrow', 400, 'request_malformed'],
    ['at=0000-01-01T00:00:00Z', 400, 'request_malformed'],
    ['limit=501', 400, 'request_malformed'],
    ['after=x', 400, 'request_malformed'],
    ['without_hold=x', 404, 'hold_not_found'],
    ['page=2', 400, 'request_malformed'],
  ])('refuses %s', async (query, status, code) => {
    const answer = await api.get(`/retention/preview?${query}`);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });
});

describe('the classes', () => {
  it('are listed with their durations', async () => {
    const { classes, curated_keep } = retentionHttp.classesAnswer.parse((await api.get('/retention/classes')).json());
    expect(classes).toContainEqual({ name: 'release-evidence', default_duration_seconds: 2555 * 86_400 });
    expect(classes).toContainEqual({ name: 'permanent-record', default_duration_seconds: null });
    expect([classes.length, curated_keep]).toEqual([5, 3]);
  });
});

describe('validations', () => {
  const add = (id: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    api.post(`/packages/${id}/validations`, body, headers);
  const list = async (query: string): Promise<readonly string[]> =>
    packagesHttp.packageListAnswer.parse((await api.get(`/packages?${query}`)).json()).packages.map(({ id }) => id);

  it('a wheelhouse that passed is curated and stays past its class; the list can be filtered by the latest result', async () => {
    const name = `wheelhouse-${randomUUID()}`;
    const { id } = await api.archive({ [wheelhouse]: new Uint8Array(goodWheelhouse()) }, { name });
    const key = { 'idempotency-key': randomUUID() };
    const answer = await add(id, { result: 'passed', report: { tests: 3, failures: [] } }, key);
    expect(answer.status).toBe(201);
    const recorded = retentionHttp.validationAnswer.parse(answer.json());
    expect(recorded).toMatchObject({ package_id: id, result: 'passed', validated_at: start, curated: true });
    expect((await add(id, { result: 'passed', report: { tests: 3, failures: [] } }, key)).json()).toEqual(recorded);
    expect(await list(`name=${name}&validation=passed`)).toEqual([id]);
    expect(await list(`name=${name}&validation=failed`)).toEqual([]);
    expect((await retention(id)).reasons.map(({ code }) => code)).toEqual(['curated', 'kept_by_class']);
    const swept = retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', { now: later(8) })).json());
    expect(swept.marked_package_ids).not.toContain(id);
    time.set(later(9));
    expect(retentionHttp.validationAnswer.parse((await add(id, { result: 'failed' })).json()).curated).toBe(false);
    expect(await list(`name=${name}&validation=failed`)).toEqual([id]);
    expect(await retention(id)).toMatchObject({ curated_since: null, eligible_for_deletion: true, eligible_since: later(9) });
    const history = (await api.get(`/packages/${id}/retention/history`)).json() as readonly { type: string; payload: object }[];
    expect(history.map(({ type }) => type)).toEqual([
      ...['v1.retention.default_applied', 'v1.package.validated', 'v1.retention.promoted'],
      ...['v1.package.validated', 'v1.retention.demoted', 'v1.retention.deletion_eligible'],
    ]);
    expect(history[1]?.payload).toMatchObject({ report: { tests: 3, failures: [] }, validation_id: recorded.validation_id });
    time.set(start);
  });

  it('refuses what is not finalized, no result, no plain report and too long a one', async () => {
    const { id } = await api.createPackage();
    const refusals = [
      [await add(id, { result: 'passed' }), 409, 'package_not_finalized'],
      [await add(id, { result: 'perhaps' }), 400, 'request_malformed'],
      [await add(id, {}), 400, 'request_malformed'],
      [await add(id, { result: 'passed', report: { seconds: 1.5 } }), 400, 'json_not_integer'],
      [await add(id, { result: 'passed', report: 'x'.repeat(70_000) }), 413, 'body_too_large'],
      [await add(randomUUID(), { result: 'passed' }), 404, 'package_not_found'],
    ] as const;
    for (const [answer, status, code] of refusals) expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await codeOf('/packages?validation=perhaps')).toBe('request_malformed');
  });
});

describe('files of a package that goes', () => {
  const member = `${wheelhouse}/members/alpha-1.0-py3-none-any.whl`;

  it('trash, restoration, trash, collection: 410 with what to do next; records and manifest stay', async () => {
    const { id, manifest_digest } = await api.archive({ [wheelhouse]: new Uint8Array(goodWheelhouse()) });
    const addresses = [filePath(id, wheelhouse), `/packages/${id}/files/${member}`, `/packages/${id}/files/${wheelhouse}/members`];
    for (const address of addresses) expect((await api.get(address)).status).toBe(200);
    const trashed: RetentionEvent = {
      type: 'v1.retention.trashed',
      payload: { collection_id: randomUUID(), trashed_at: later(0), purge_after: later(7) },
    };
    await record(id, trashed);
    for (const address of addresses) {
      const answer = await api.get(address);
      expect([answer.status, answer.json()]).toEqual([410, expect.objectContaining({ code: 'package_in_trash', purge_after: later(7) })]);
    }
    expect((await api.send('HEAD', filePath(id, wheelhouse))).status).toBe(410);
    expect((await api.get(filePath(id, `${wheelhouse}.meta`))).status).toBe(200);
    expect((await api.post(`/packages/${id}/retention/restorations`, {})).code).toBe('reason_required');
    const restored = await api.post(`/packages/${id}/retention/restorations`, { reason: 'still needed' });
    expect([restored.status, retentionHttp.retentionAnswer.parse(restored.json()).trash]).toEqual([200, null]);
    for (const address of addresses) expect((await api.get(address)).status).toBe(200);

    await record(id, trashed);
    await record(id, await tombstone(id));
    for (const address of addresses) {
      const answer = await api.get(address);
      expect([answer.status, answer.code]).toEqual([410, 'file_collected']);
    }
    expect((await api.get(filePath(id, `${wheelhouse}.meta`))).status).toBe(200);
    expect((await api.get(`/packages/${id}/manifest`)).status).toBe(200);
    const gone = await api.package(id);
    expect([gone.state, gone.manifest_digest]).toEqual(['garbage_collected', manifest_digest]);
    expect(gone.files.map(({ path, state }) => [path, state])).toEqual([
      [wheelhouse, 'collected'],
      [`${wheelhouse}.meta`, 'ingested'],
    ]);
    expect((await retention(id)).reasons.map(({ code }) => code)).toEqual(['collected']);
  });

  it('are served by their digest no longer than by their path, unless another package has them', async () => {
    const bytes = new Uint8Array(randomBytes(500));
    const { id, files } = await api.archive({ 'own.bin': bytes });
    const blob = `/blobs/sha256:${files[0]?.sha256 ?? ''}`;
    await record(id, {
      type: 'v1.retention.trashed',
      payload: { collection_id: randomUUID(), trashed_at: later(0), purge_after: later(7) },
    });
    const answer = await api.get(blob);
    expect([answer.status, answer.json()]).toEqual([410, expect.objectContaining({ code: 'package_in_trash', purge_after: later(7) })]);
    const other = await api.archive({ 'same.bin': bytes });
    expect((await api.get(blob)).status).toBe(200);
    for (const gone of [other.id, id]) await record(gone, await tombstone(gone));
    expect((await api.get(blob)).code).toBe('blob_not_found');
  });

  it('once collected, nothing can be decided about it any more, and nothing is recorded', async () => {
    const { id } = await api.archive({ 'report.json': new Uint8Array(Buffer.from('{}')) });
    const holdId = await hold(id, 'lawsuit');
    await api.post(`/packages/${id}/retention/holds/${holdId}/release`, { reason: 'settled' });
    await record(id, await tombstone(id));
    const { revision } = await api.package(id);
    const base = `/packages/${id}/retention`;
    const asked = [
      [`${base}/extensions`, { new_expires_at: later(900), reason: 'x' }],
      [`${base}/holds`, { reason: 'x' }],
      [`${base}/restorations`, { reason: 'x' }],
      [`/packages/${id}/validations`, { result: 'passed' }],
    ] as const;
    for (const [path, body] of asked) {
      const answer = await api.post(path, body);
      expect([answer.status, answer.code]).toEqual([409, 'package_collected']);
    }
    expect((await api.post(`${base}/holds/${holdId}/release`, { reason: 'x' })).code).toBe('hold_already_released');
    expect((await api.package(id)).revision).toBe(revision);
  });

  async function tombstone(id: string): Promise<RetentionEvent> {
    const files = (await postgres.states.files(id)).map(({ path, sha256, blake3, size }) => ({ path, sha256, blake3, size }));
    const rule = {
      retention_class: 'transient',
      expires_at: later(7),
      eligible_since: later(7),
      trashed_at: later(8),
      purge_after: later(15),
    };
    return {
      type: 'v1.retention.collected',
      payload: {
        collection_id: randomUUID(),
        collected_at: later(16),
        rule,
        checked: { active_holds: 0, released_holds: [], curated: false },
        manifest_digest: null,
        released: files.filter(({ path }) => !path.endsWith('.meta')),
        kept: files.filter(({ path }) => path.endsWith('.meta')),
      },
    };
  }
});

describe('the description of the interface', () => {
  it('names every filter of GET /packages and every route of retention', async () => {
    const { paths } = (await api.get('/openapi.json')).json() as {
      paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    };
    expect(paths['/packages']?.['get']?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'repository',
        'name',
        'producer',
        'subject',
        'run',
        'retention_class',
        'state',
        'validation',
        'limit',
        'after',
      ]),
    );
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/packages/{id}/retention/holds/{hold_id}/release', '/packages/{id}/validations', '/retention/preview']),
    );
  });
});
