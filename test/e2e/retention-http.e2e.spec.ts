import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventsHttp, retentionHttp, tokensHttp, type EventAnswer, type RetentionAnswer } from '@muniment/contracts';
import { decodeCbor, encodeJcs } from '@muniment/formats';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller, type Answer } from '../stack/caller.js';
import { SettableTime } from '../stack/settable-time.js';

const start = '2026-03-01T12:00:00.000Z';
const later = (days: number): string => new Date(Date.parse(start) + days * 86_400_000).toISOString();

const time = new SettableTime(start);
let archive: ArchiveUnderTest;
let api: Caller;

beforeAll(async () => {
  // No retention service: nobody but these specs sweeps.
  archive = await startArchive({ env: { MUNIMENT_CLOCK_FILE: time.file }, services: ['gateway', 'hasher'] });
  api = new Caller(archive.url, archive.token);
}, 120_000);

afterAll(async () => {
  await archive?.stop();
  time.remove();
}, 60_000);

const base = (id: string): string => `/packages/${id}/retention`;
const retained = (answer: Answer, status: number): RetentionAnswer => {
  expect([answer.status, answer.code]).toEqual([status, undefined]);
  return retentionHttp.retentionAnswer.parse(answer.json());
};
const retention = async (id: string, query = ''): Promise<RetentionAnswer> => retained(await api.get(`${base(id)}${query}`), 200);
const held = (answer: Answer): string => {
  expect([answer.status, answer.code]).toEqual([201, undefined]);
  return retentionHttp.holdAnswer.parse(answer.json()).hold_id;
};
const history = async (id: string): Promise<readonly EventAnswer[]> =>
  eventsHttp.eventAnswer.array().parse((await api.get(`${base(id)}/history`)).json());
/** Types of the retention history: whoever acted a moment ago finds the act there. */
const types = async (id: string): Promise<readonly string[]> => (await history(id)).map(({ type }) => type.replace('v1.', ''));
/** A package of the class transient: seven days from `start`. */
const open = async (fields: Readonly<Record<string, unknown>> = {}): Promise<string> => (await api.createPackage(fields)).id;
const caller = async (verbs: readonly string[], repositories: readonly string[]): Promise<Caller> => {
  const answer = await api.post('/tokens', { name: 'e2e', verbs, repositories });
  return api.as(tokensHttp.createdTokenAnswer.parse(answer.json()).token);
};

describe('extensions', () => {
  it('move the expiry, with the reason in the log and in the explanation', async () => {
    const id = await open();
    const after = retained(
      await api.post(`${base(id)}/extensions`, { new_expires_at: '2026-06-01T02:00:00+02:00', reason: ' audit ' }),
      201,
    );
    expect(after.current_expires_at).toBe('2026-06-01T00:00:00.000Z');
    expect(after.reasons).toEqual([{ code: 'kept_by_extension', text: expect.stringContaining('audit') }]);
    expect(after.next_change_at).toBe(after.current_expires_at);
    expect(await retention(id)).toEqual(after);
    expect(await types(id)).toEqual(['retention.default_applied', 'retention.extended']);
    const [, extended] = await history(id);
    expect(extended).toMatchObject({
      ...{ reason: 'audit', actor: expect.stringMatching(/^token:/), time: start },
      payload: { previous_expires_at: later(7), new_expires_at: '2026-06-01T00:00:00.000Z', extended_at: start },
    });
  });

  it.each([
    ['not later', { new_expires_at: later(7), reason: 'audit' }, 409, 'extension_not_later'],
    ['earlier', { new_expires_at: later(1), reason: 'audit' }, 409, 'extension_not_later'],
    ['without a reason', { new_expires_at: later(70) }, 400, 'reason_required'],
    ['with a blank reason', { new_expires_at: later(70), reason: ' \t\n' }, 400, 'reason_required'],
    ['with an endless reason', { new_expires_at: later(70), reason: 'x'.repeat(2_001) }, 400, 'reason_required'],
    ['without an instant', { reason: 'audit' }, 400, 'request_malformed'],
    ['with a day only', { new_expires_at: '2027-01-01', reason: 'audit' }, 400, 'request_malformed'],
    ['beyond the year 9999', { new_expires_at: '9999-12-31T23:59:59-12:00', reason: 'audit' }, 400, 'request_malformed'],
    ['with more than it takes', { new_expires_at: later(70), reason: 'audit', expires_at: later(70) }, 400, 'request_malformed'],
    ['with a NUL in the reason', { new_expires_at: later(70), reason: 'a\u0000b' }, 400, 'request_malformed'],
  ])('%s: refused, and nothing is recorded', async (_, body, status, code) => {
    const id = await open();
    const answer = await api.post(`${base(id)}/extensions`, body);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await types(id)).toEqual(['retention.default_applied']);
  });

  it('a permanent record has nothing to extend', async () => {
    const id = await open({ retention_class: 'permanent-record' });
    expect(await retention(id)).toMatchObject({ current_expires_at: null, eligible_for_deletion: false, next_change_at: null });
    const answer = await api.post(`${base(id)}/extensions`, { new_expires_at: later(9_000), reason: 'audit' });
    expect([answer.status, answer.code]).toEqual([409, 'retention_permanent']);
    expect(await types(id)).toEqual(['retention.default_applied']);
  });

  it('of an unknown package is 404', async () => {
    for (const id of [randomUUID(), 'nonsense'])
      expect((await api.post(`${base(id)}/extensions`, { new_expires_at: later(70), reason: 'audit' })).code).toBe('package_not_found');
  });
});

describe('holds', () => {
  it('stop deletion past the expiry; the release marks at once, and the sweep finds nothing more', async () => {
    const id = await open();
    const one = held(await api.post(`${base(id)}/holds`, { reason: 'lawsuit' }));
    const two = held(await api.post(`${base(id)}/holds`, { reason: 'audit' }));
    expect((await retention(id)).active_holds.map(({ hold_id, reason }) => [hold_id, reason])).toEqual([
      [one, 'lawsuit'],
      [two, 'audit'],
    ]);
    time.set(later(8));
    const swept = retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', {})).json());
    expect(swept.marked_package_ids).not.toContain(id);
    expect(retained(await api.post(`${base(id)}/holds/${one}/release`, { reason: 'settled' }), 200)).toMatchObject({
      eligible_for_deletion: false,
      active_holds: [{ hold_id: two }],
    });
    const released = retained(await api.post(`${base(id)}/holds/${two}/release`, { reason: 'done' }), 200);
    expect(released).toMatchObject({ eligible_for_deletion: true, eligible_since: later(8), active_holds: [] });
    const again = retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', {})).json());
    expect(again.marked_package_ids).not.toContain(id);
    expect((await types(id)).slice(-2)).toEqual(['retention.hold_released', 'retention.deletion_eligible']);
    time.set(start);
  });

  it('are refused without a reason; foreign and released ones cannot be released', async () => {
    const [id, other] = [await open(), await open()];
    const holdId = held(await api.post(`${base(id)}/holds`, { reason: 'lawsuit' }));
    const refusals = [
      [await api.post(`${base(id)}/holds`, {}), 400, 'reason_required'],
      [await api.post(`${base(id)}/holds`), 400, 'reason_required'],
      [await api.post(`${base(id)}/holds/${holdId}/release`, { reason: ' ' }), 400, 'reason_required'],
      [await api.post(`${base(other)}/holds/${holdId}/release`, { reason: 'x' }), 404, 'hold_not_found'],
      [await api.post(`${base(id)}/holds/${randomUUID()}/release`, { reason: 'x' }), 404, 'hold_not_found'],
      [await api.post(`${base(id)}/holds/nonsense/release`, { reason: 'x' }), 404, 'hold_not_found'],
      [await api.post(`${base(id)}/restorations`, { reason: 'x' }), 409, 'package_not_in_trash'],
    ] as const;
    for (const [answer, status, code] of refusals) expect([answer.status, answer.code]).toEqual([status, code]);
    retained(await api.post(`${base(id)}/holds/${holdId}/release`, { reason: 'x' }), 200);
    const twice = await api.post(`${base(id)}/holds/${holdId}/release`, { reason: 'x' });
    expect([twice.status, twice.code]).toEqual([409, 'hold_already_released']);
    expect(await types(id)).toEqual(['retention.default_applied', 'retention.hold_applied', 'retention.hold_released']);
    expect(await types(other)).toEqual(['retention.default_applied']);
  });

  it('one Idempotency-Key is one hold; another package or body under it is refused', async () => {
    const [id, other] = [await open(), await open()];
    const key = { 'idempotency-key': randomUUID() };
    const first = held(await api.post(`${base(id)}/holds`, { reason: 'lawsuit' }, key));
    const again = await api.post(`${base(id)}/holds`, { reason: 'lawsuit' }, key);
    expect([held(again), again.headers.get('idempotency-replayed')]).toEqual([first, 'true']);
    expect((await api.post(`${base(id)}/holds`, { reason: 'other' }, key)).code).toBe('idempotency_key_reused');
    expect((await api.post(`${base(other)}/holds`, { reason: 'lawsuit' }, key)).code).toBe('idempotency_key_reused');
    expect((await retention(id)).active_holds).toHaveLength(1);
    const extension = { new_expires_at: later(70), reason: 'audit' };
    const extensionKey = { 'idempotency-key': randomUUID() };
    const extended = retained(await api.post(`${base(id)}/extensions`, extension, extensionKey), 201);
    expect(retained(await api.post(`${base(id)}/extensions`, extension, extensionKey), 201)).toEqual(extended);
    expect((await types(id)).filter((type) => type === 'retention.extended')).toHaveLength(1);
  });

  it('twenty acts at once: every one is recorded, in one order', async () => {
    const id = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => api.post(`${base(id)}/holds`, { reason: `hold ${n}` })));
    expect(new Set(answers.map(held)).size).toBe(20);
    expect((await retention(id)).active_holds).toHaveLength(20);
    expect((await history(id)).map(({ revision }) => revision)).toEqual((await history(id)).map((_, index) => index + 2));
  });
});

describe('who may', () => {
  it('act: the verb retention in that repository; look: the verb read', async () => {
    const id = await open({ repository: 'acme/widgets' });
    const [writer, mine, foreign] = await Promise.all([
      caller(['read', 'write'], ['*']),
      caller(['retention'], ['acme/*']),
      caller(['read', 'retention'], ['other/*']),
    ]);
    const acts = [
      ['extensions', { new_expires_at: later(70), reason: 'x' }],
      ['holds', { reason: 'x' }],
      [`holds/${randomUUID()}/release`, { reason: 'x' }],
      ['restorations', { reason: 'x' }],
    ] as const;
    for (const [act, body] of acts) {
      for (const as of [writer, foreign]) expect([(await as.post(`${base(id)}/${act}`, body)).code, act]).toEqual(['forbidden', act]);
      expect((await api.as(null).post(`${base(id)}/${act}`, body)).status).toBe(401);
    }
    expect((await mine.post(`${base(id)}/holds`, { reason: 'x' })).status).toBe(201);
    expect((await mine.get(base(id))).code).toBe('forbidden');
    expect((await foreign.get(`${base(id)}/history`)).code).toBe('forbidden');
    expect((await writer.get(base(id))).status).toBe(200);
  });

  it('sweep: the verb retention everywhere', async () => {
    const [some, writer, all] = await Promise.all([
      caller(['retention'], ['acme/*']),
      caller(['read', 'write'], ['*']),
      caller(['retention'], ['*']),
    ]);
    for (const as of [some, writer]) expect((await as.post('/retention/sweeps', {})).code).toBe('forbidden');
    expect((await all.post('/retention/sweeps', { dry_run: true })).status).toBe(200);
  });
});

describe('sweeps', () => {
  it('mark what is due as of now, once; a dry run says the same and records nothing', async () => {
    const id = await open();
    const dry = retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', { now: later(7), dry_run: true })).json());
    expect(dry).toMatchObject({ now: later(7), dry_run: true });
    expect(dry.marked_package_ids).toContain(id);
    expect(dry.marked_count).toBe(dry.marked_package_ids.length);
    expect((await retention(id)).eligible_for_deletion).toBe(false);
    const before = retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', { now: later(6.999) })).json());
    expect(before.marked_package_ids).not.toContain(id);
    const done = retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', { now: later(7) })).json());
    expect(done).toMatchObject({ now: later(7), dry_run: false, marked_count: done.marked_package_ids.length });
    expect([...done.marked_package_ids].sort()).toEqual([...dry.marked_package_ids].sort());
    expect(retentionHttp.sweepAnswer.parse((await api.post('/retention/sweeps', { now: later(7) })).json()).marked_count).toBe(0);
    expect(await retention(id)).toMatchObject({ eligible_for_deletion: true, eligible_since: later(7) });
    expect((await api.post('/retention/sweeps', { now: 'yesterday' })).code).toBe('request_malformed');
    expect((await api.post('/retention/sweeps', { now: '0000-01-01T00:00:00Z' })).code).toBe('request_malformed');
  });
});

describe('the history', () => {
  it('is the same in CBOR as in JCS, byte for byte canonical, and pages by sequence', async () => {
    const id = await open();
    held(await api.post(`${base(id)}/holds`, { reason: 'lawsuit – Ünïcode' }));
    const json = await api.get(`${base(id)}/history`);
    expect(json.headers.get('content-type')).toMatch(/^application\/json/);
    expect(json.bytes.equals(Buffer.from(encodeJcs(json.json())))).toBe(true);
    const cbor = await api.get(`${base(id)}/history`, { accept: 'application/cbor' });
    expect(cbor.headers.get('content-type')).toBe('application/cbor');
    expect(decodeCbor(cbor.bytes)).toEqual(json.json());
    expect((await api.get(`${base(id)}/history`, { accept: 'text/html' })).status).toBe(406);
    const [first] = await history(id);
    const rest = eventsHttp.eventAnswer.array().parse((await api.get(`${base(id)}/history?after=${first?.sequence ?? 0}&limit=1`)).json());
    expect(rest.map(({ type }) => type)).toEqual(['v1.retention.hold_applied']);
    expect((await api.get(`${base(id)}/history?limit=0`)).code).toBe('request_malformed');
    expect((await api.get(`${base(id)}/history?page=2`)).code).toBe('request_malformed');
  });
});
