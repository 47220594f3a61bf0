import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventsHttp, tokensHttp, type EventAnswer, type PackageAnswer } from '@muniment/contracts';
import { decodeCbor, encodeCbor, encodeJcs } from '@muniment/formats';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { eventually } from '../stack/left-behind.js';

let archive: ArchiveUnderTest;
let api: Caller;
let first: PackageAnswer;

beforeAll(async () => {
  archive = await startArchive();
  api = new Caller(archive.url, archive.token);
  first = await api.archive({ 'a.bin': Buffer.from(randomBytes(10)) });
}, 120_000);

afterAll(() => archive?.stop(), 60_000);

const events = async (query: string, as = api): Promise<readonly EventAnswer[]> => {
  const answer = await as.get(`/events?${query}`);
  expect(answer.status).toBe(200);
  return eventsHttp.eventAnswer.array().parse(answer.json());
};

describe('GET /events', () => {
  it('tells the life of a package in order, without gaps', async () => {
    const all = await events('limit=1000');
    expect(all.map((e) => e.sequence)).toEqual(all.map((_, i) => i + 1));
    expect(all.map((e) => e.type)).toEqual(
      [
        'v1.package.created',
        'v1.retention.default_applied',
        'v1.file.received',
        'v1.file.ingested',
        'v1.package.finalize_requested',
        'v1.package.finalization_due',
        'v1.package.finalized',
      ].sort((a, b) => all.findIndex((e) => e.type === a) - all.findIndex((e) => e.type === b)),
    );
    expect(all.map((e) => e.revision)).toEqual(all.map((_, i) => i + 1));
    for (const event of all) {
      expect(event.subject).toEqual({ kind: 'package', id: first.id });
      expect(event.payload_digest).toBe(`sha256:${createHash('sha256').update(encodeCbor(event.payload)).digest('hex')}`);
    }
    expect(all.at(-1)?.payload_digest).toBe(first.manifest_digest);
  });

  it('pages after a position, and filters by type and subject', async () => {
    const second = await api.createPackage();
    await eventually('both are there', async () => (await events(`subject=${second.id}`)).length === 2);
    expect((await events('after=2&limit=3')).map((e) => e.sequence)).toEqual([3, 4, 5]);
    expect((await events('since=2&limit=1')).map((e) => e.sequence)).toEqual([3]);
    expect(await events('after=9007199254740991')).toEqual([]);
    expect((await events('type=v1.package.created')).map((e) => e.subject.id)).toEqual([first.id, second.id]);
    expect((await events('type=v1.package.created&type=v1.package.finalized')).map((e) => e.type)).toEqual([
      'v1.package.created',
      'v1.package.finalized',
      'v1.package.created',
    ]);
    expect(await events('type=v1.nothing')).toEqual([]);
    expect(new Set((await events(`subject=${second.id}`)).map((e) => e.subject.id))).toEqual(new Set([second.id]));
    expect(await events(`subject=${randomUUID()}`)).toEqual([]);
  });

  it('has two canonical faces with one content', async () => {
    const jcs = await api.get('/events?limit=5');
    const cbor = await api.get('/events?limit=5', { accept: 'application/cbor' });
    expect(cbor.headers.get('content-type')).toBe('application/cbor');
    expect(decodeCbor(cbor.bytes)).toEqual(jcs.json());
    expect(Buffer.from(encodeCbor(jcs.json())).equals(cbor.bytes)).toBe(true);
    expect(Buffer.from(encodeJcs(jcs.json())).equals(jcs.bytes)).toBe(true);
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'after=-1',
    'after=x',
    'after=1.5',
    'after=99999999999999999999999',
    'subject=x',
    'type=%00',
    'type[a]=b',
    'after=1&after=2',
  ])('refuses %s', async (query) => {
    const answer = await api.get(`/events?${query}`);
    expect([answer.status, answer.code]).toEqual([400, 'request_malformed']);
  });
});

/** Reads a stream until it has `count` events or ends. */
async function follow(caller: Caller, query: string, count: number, headers: Readonly<Record<string, string>> = {}, onEvent?: () => void) {
  const abort = new AbortController();
  const answer = await fetch(`${caller.url}/events/stream?${query}`, {
    headers: { authorization: `Bearer ${caller.token ?? ''}`, ...headers },
    signal: abort.signal,
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const found: { id: string; event: string; data: EventAnswer }[] = [];
  let text = '';
  let ended = false;
  while (found.length < count) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) {
      ended = true;
      break;
    }
    const blocks = (text + (value ?? '')).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
      if (id !== undefined && event !== undefined && data !== undefined)
        found.push({ id, event, data: eventsHttp.eventAnswer.parse(JSON.parse(data)) });
      if (found.length > 0) onEvent?.();
    }
  }
  abort.abort();
  return { found, ended };
}

describe('GET /events/stream', () => {
  it('gives the past, then what happens', async () => {
    const head = (await events('limit=1000')).length;
    const following = follow(api, 'after=0', head + 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await api.createPackage();
    const { found } = await following;
    expect(found.map((e) => Number(e.id))).toEqual(Array.from({ length: head + 2 }, (_, i) => i + 1));
    const listed = await events('limit=1000');
    expect(found.map((e) => e.data)).toEqual(listed);
    expect(found.map((e) => e.event)).toEqual(listed.map((e) => e.type));
  });

  it('resumes exactly once after every break, on another gateway as well, while writers go on', async () => {
    const other = await archive.start('gateway');
    const start = (await events('limit=1000')).length;
    const writing = (async () => {
      for (let i = 0; i < 15; i++) await api.createPackage();
    })();
    const seen: number[] = [];
    let last = start;
    for (let turn = 0; seen.length < 30; turn++) {
      const caller = turn % 2 === 0 ? api : new Caller(other.url ?? '', archive.token);
      const { found } = await follow(caller, 'after=0', Math.min(4, 30 - seen.length), { 'last-event-id': String(last) });
      seen.push(...found.map((e) => Number(e.id)));
      last = seen.at(-1) ?? last;
    }
    await writing;
    const wanted = Array.from({ length: 30 }, (_, i) => start + i + 1);
    // A block may bring a few more than asked for: they were counted too, and none twice.
    expect(seen.slice(0, 30)).toEqual(wanted);
    await other.stop();
  }, 30_000);

  it('filters, and refuses a bad position before it begins', async () => {
    const { found } = await follow(api, 'type=v1.package.finalized', 1);
    expect(found.map((e) => e.data.subject.id)).toEqual([first.id]);
    expect((await api.get('/events/stream', { 'last-event-id': 'x' })).code).toBe('request_malformed');
  });

  it('ends when the gateway drains, in time', async () => {
    const doomed = await archive.start('gateway');
    let following: ReturnType<typeof follow> | undefined;
    await new Promise<void>((resolve) => {
      following = follow(new Caller(doomed.url ?? '', archive.token), 'after=0', Number.MAX_SAFE_INTEGER, {}, resolve);
    });
    const before = Date.now();
    const [streamed, code] = await Promise.all([following, doomed.stop()]);
    expect([streamed?.ended, code]).toEqual([true, 0]);
    expect(Date.now() - before).toBeLessThan(4_500);
  }, 30_000);
});

describe('a reader of some repositories', () => {
  it('is confined to them, in lists and in streams', async () => {
    const answer = await api.post('/tokens', { name: 'confined', verbs: ['read'], repositories: ['zeta/*'] });
    const confined = api.as(tokensHttp.createdTokenAnswer.parse(answer.json()).token);
    const mine = await api.createPackage({ repository: 'zeta/one' });
    await api.createPackage({ repository: 'zeta2/one' });
    await eventually('its events are there', async () => (await events('', confined)).length === 2);
    expect(new Set((await events('limit=1000', confined)).map((e) => e.subject.id))).toEqual(new Set([mine.id]));
    expect(await events(`subject=${first.id}`, confined)).toEqual([]);
    const { found } = await follow(confined, 'after=0', 2);
    expect(new Set(found.map((e) => e.data.subject.id))).toEqual(new Set([mine.id]));
  });
});
