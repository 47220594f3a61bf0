import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokensHttp, type PackageAnswer } from '@muniment/contracts';
import { decodeCbor, parseCheckpoint, parseTlogProof, verifierKey } from '@muniment/formats';
import { noteSigners, openKeyring } from '@muniment/signing';
import { CheckList, checkWitnesses, witnessesOf } from '@muniment/verification';
import pg from 'pg';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine } from '../stack/command.js';
import { eventually } from '../stack/left-behind.js';
import { buildLogChecker, logCheck, logCheckerBuildMs, logCheckerUnavailable, startLogWitness } from '../stack/log-checker.js';

const missing = logCheckerUnavailable();
if (missing !== null) console.log(`skipped: ${missing}`);
/** Runs only where Go's own implementation can judge us. */
const withGo = missing === null ? it : it.skip;

let archive: ArchiveUnderTest;
let api: Caller;
let pkg: PackageAnswer;
let vkey: string;
let file: (name: string) => string;

beforeAll(async () => {
  await buildLogChecker();
  archive = await startArchive({ services: ['gateway', 'hasher', 'retention', 'signer'] });
  api = new Caller(archive.url, archive.token);
  file = (name) => path.join(archive.directory, name);
  pkg = await api.archive({ 'a.bin': Buffer.from('bytes of a') });
  // Over the border of the first tile.
  for (let n = 0; n < 140; n++) await api.createPackage();
  const keyring = await openKeyring(file('keys'));
  vkey = noteSigners(keyring, new Date().toISOString() as Parameters<typeof noteSigners>[1]).map(verifierKey)[0] ?? '';
  await covers(api, await headOf(api));
}, 180_000 + logCheckerBuildMs);
afterAll(() => archive?.stop(), 60_000);

async function headOf(caller: Caller): Promise<number> {
  // Committed, though perhaps not numbered yet.
  const { rows } = await owner('select count(*) as sequence from events');
  expect(caller.url).toBe(archive.url);
  return Number(rows[0]?.['sequence']);
}
async function owner(sql: string) {
  const client = new pg.Client({ connectionString: archive.ownerUrl });
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}
const textOf = async (caller: Caller, address: string): Promise<string> => {
  const answer = await caller.get(address, { accept: 'text/plain' });
  expect([address, answer.status]).toEqual([address, 200]);
  return answer.bytes.toString('utf8');
};
async function covers(caller: Caller, sequence: number): Promise<string> {
  let note = '';
  await eventually(`a checkpoint of ${sequence}`, async () => {
    const answer = await caller.get('/log/checkpoint');
    note = answer.bytes.toString('utf8');
    return answer.status === 200 && parseCheckpoint(note).size >= sequence;
  });
  return note;
}
const accepted = { accepted: true, output: expect.anything(), reason: '' };

describe("Go's sumdb/note and sumdb/tlog", () => {
  withGo('read the whole log through its tiles: every entry, every tile, the signature', async () => {
    const verdict = await logCheck(['read', vkey, `${archive.url}/log`, archive.token]);
    expect(verdict).toEqual(accepted);
    expect((JSON.parse(verdict.output) as { entries: number }).entries).toBeGreaterThan(280);
  });

  withGo('open our checkpoint, and no forged one', async () => {
    const note = await textOf(api, '/log/checkpoint');
    expect(await logCheck(['open', vkey], note)).toEqual(accepted);
    const { size, root } = parseCheckpoint(note);
    const other = Buffer.from(root).fill(1).toString('base64');
    const forgeries = [
      note.replace(`\n${size}\n`, `\n${size + 1}\n`),
      note.replace(Buffer.from(root).toString('base64'), other),
      note.slice(0, note.lastIndexOf('\n\n') + 2),
      note.replace(/.{8}\n$/, 'AAAAAAAA\n'),
    ];
    for (const forged of forgeries) expect([forged, (await logCheck(['open', vkey], forged)).accepted]).toEqual([forged, false]);
    const wrongKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect((await logCheck(['open', wrongKey], note)).accepted).toBe(false);
  });

  withGo('accept our proof of every event, and none that was tampered with', async () => {
    for (const sequence of [1, 7, 255, 256, 257, 258, 280]) {
      const proof = await textOf(api, `/log/proof?sequence=${sequence}`);
      const entry = Buffer.from(parseTlogProof(proof).extra ?? []).toString('base64');
      expect([sequence, await logCheck(['record', vkey, entry], proof)]).toEqual([sequence, { ...accepted, output: '' }]);
    }
    const [proof, other] = [await textOf(api, '/log/proof?sequence=99'), await textOf(api, '/log/proof?sequence=100')];
    const entryOf = (text: string) => Buffer.from(parseTlogProof(text).extra ?? []).toString('base64');
    const lines = proof.split('\n');
    const refusals: readonly (readonly [string, string])[] = [
      [entryOf(other), proof],
      [entryOf(proof), proof.replace('index 98', 'index 99')],
      [entryOf(proof), [...lines.slice(0, 3), ...lines.slice(4)].join('\n')],
      [entryOf(proof), [...lines.slice(0, 3), lines[4], lines[3], ...lines.slice(5)].join('\n')],
    ];
    for (const [entry, forged] of refusals) expect((await logCheck(['record', vkey, entry], forged)).accepted).toBe(false);
  });

  withGo('accept that the log continues an older checkpoint, and nothing else', async () => {
    const kept = await textOf(api, '/log/checkpoint');
    const { size, root } = parseCheckpoint(kept);
    await api.createPackage();
    await covers(api, size + 2);
    const proof = await textOf(api, `/log/consistency?from=${size}`);
    const check = (from: number, of: Uint8Array, text: string) =>
      logCheck(['tree', vkey, String(from), Buffer.from(of).toString('base64')], text);
    expect(await check(size, root, proof)).toEqual({ ...accepted, output: '' });
    expect((await check(size, Buffer.from(root).fill(1), proof)).accepted).toBe(false);
    const [first, second, ...rest] = proof.split('\n');
    expect((await check(size, root, [first, ...rest].join('\n'))).accepted).toBe(false);
    // Rolled back: the older checkpoint sent as if it were the newer one.
    expect((await check(size + 1, root, `old ${size + 1}\n${second}\n\n${kept}`)).accepted).toBe(false);
  });

  withGo('are what a log witness here is made of: it cosigns each checkpoint', async () => {
    const witness = await startLogWitness(vkey, 'witness.example/w1');
    try {
      const env = { MUNIMENT_LOG_WITNESSES: witness.address, MUNIMENT_LOG_WITNESS_SECONDS: '1' };
      const second = await archive.start('signer', { ...env, MUNIMENT_LOG_CHECKPOINT_FILE: file('of-the-second-signer') });
      for (let round = 0; round < 2; round++) {
        await api.createPackage();
        const head = await headOf(api);
        let note = '';
        await eventually('a cosigned checkpoint', async () => {
          const answer = await api.get('/log/checkpoint?cosignatures=1');
          note = answer.bytes.toString('utf8');
          return answer.status === 200 && parseCheckpoint(note).size >= head;
        });
        expect(note.split('\n').filter((line) => line.startsWith('— witness.example/w1 '))).toHaveLength(1);
        expect(await logCheck(['open', vkey], note)).toEqual(accepted);
        expect(cosignedBy(witness.address.split(' ')[0] ?? '', note)).toBe(true);
        expect(cosignedBy(witness.address.split(' ')[0] ?? '', note.replace(/^(\d+)$/m, '$10'))).toBe(false);
      }
      expect((await api.get('/log/checkpoint?cosignatures=2')).code).toBe('log_checkpoint_not_found');
      await second.stop();
    } finally {
      witness.stop();
    }
  });
});

/** What a consumer who names the witness finds. */
function cosignedBy(key: string, note: string): boolean {
  const witnesses = witnessesOf({ keys: [key], threshold: 1 });
  return witnesses !== null && checkWitnesses('the log', note, witnesses, new CheckList());
}

describe('signers that are killed', () => {
  it('leave a log that is whole and goes on, however many there are', async () => {
    let isDone = false;
    const appending = (async () => {
      while (!isDone) await api.createPackage();
    })();
    for (let round = 0; round < 4; round++) {
      const two = await Promise.all([archive.start('signer'), archive.start('signer')]);
      const before = parseCheckpoint(await textOf(api, '/log/checkpoint')).size;
      // Once they are at it: after the next checkpoint, in the middle of whatever comes then.
      await eventually('a newer checkpoint', async () => parseCheckpoint(await textOf(api, '/log/checkpoint')).size > before);
      await Promise.all([...archive.running].filter(({ service }) => service === 'signer').map((signer) => signer.kill()));
      expect(two.every((signer) => !archive.running.has(signer))).toBe(true);
    }
    isDone = true;
    await appending;
    await archive.start('signer');
    await covers(api, await headOf(api));
    const checked = await runCommandLine(archive, ['log', 'check', '--database-url', archive.ownerUrl, '--key', vkey]);
    expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('ok    checkpoints')]);
    if (missing === null) expect(await logCheck(['read', vkey, `${archive.url}/log`, archive.token])).toEqual(accepted);
  }, 120_000);
});

describe('reading the log over HTTP', () => {
  it('proves the event that finalized a package', async () => {
    const proof = await textOf(api, `/packages/${pkg.id}/log-proof`);
    const entry = decodeCbor(parseTlogProof(proof).extra ?? new Uint8Array());
    expect(entry).toMatchObject({ type: 'v1.package.finalized', subject_id: pkg.id, payload_digest: pkg.manifest_digest });
    const open = await api.createPackage();
    expect((await api.get(`/packages/${open.id}/log-proof`)).code).toBe('package_not_finalized');
    expect((await api.get('/packages/6f1f64c4-9d2e-4b1e-9f0e-3f1f64c49d2e/log-proof')).code).toBe('package_not_found');
  });

  it('answers JSON to those who want it', async () => {
    const proof = (await api.get('/log/proof?sequence=3', { accept: 'application/json' })).json();
    expect(proof).toMatchObject({
      sequence: 3,
      index: 2,
      hashes: expect.any(Array),
      entry: expect.any(String),
      checkpoint: expect.any(String),
    });
    const consistency = (await api.get('/log/consistency?from=3', { accept: 'application/json' })).json();
    expect(consistency).toMatchObject({ from: 3, to: expect.any(Number), hashes: expect.any(Array) });
    expect((await api.get('/log/proof?sequence=3', { accept: 'image/png' })).code).toBe('not_acceptable');
  });

  it('lets tiles be kept for ever, a checkpoint for a moment, both by the client alone', async () => {
    const tile = await api.get('/log/tile/0/000');
    expect([tile.bytes.length, tile.headers.get('content-type'), tile.headers.get('cache-control')]).toEqual([
      8192,
      'application/octet-stream',
      'private, max-age=31536000, immutable',
    ]);
    expect((await api.get('/log/tile/0/000.p/17')).bytes).toEqual(tile.bytes.subarray(0, 17 * 32));
    const checkpoint = await api.get('/log/checkpoint');
    expect([checkpoint.headers.get('content-type'), checkpoint.headers.get('cache-control')]).toEqual([
      'text/plain; charset=utf-8',
      'private, max-age=2',
    ]);
  });

  it.each(['tile/0/0', 'tile/0/000.p/256', 'tile/0/999', 'tile/0/x001/000', 'tile/9/000', 'tile/entries/999', 'tile', 'tile/'])(
    'has no %s',
    async (address) => {
      expect((await api.get(`/log/${address}`)).status).toBe(404);
    },
  );

  it('has nothing beyond its latest checkpoint', async () => {
    const { size } = parseCheckpoint(await textOf(api, '/log/checkpoint'));
    // Nothing is appended meanwhile, so this is the growing tile.
    const [index, width] = [Math.floor(size / 256), size % 256];
    const address = (kind: string, of: number) => `/log/tile/${kind}/${String(index).padStart(3, '0')}${of === 256 ? '' : `.p/${of}`}`;
    for (const kind of ['0', 'entries']) {
      if (width > 0) expect((await api.get(address(kind, width))).status).toBe(200);
      expect((await api.get(address(kind, width + 1))).code).toBe('log_tile_not_found');
      expect((await api.get(address(kind, 256))).code).toBe('log_tile_not_found');
    }
  });

  it.each(['proof', 'proof?sequence=x', 'proof?sequence=1&size=2', 'consistency', 'consistency?from=-1', 'checkpoint?cosignatures=64'])(
    'refuses %s',
    async (address) => {
      expect((await api.get(`/log/${address}`)).status).toBe(400);
    },
  );

  it('shows nothing without a token, hashes to every reader, and entries to those who may read the event', async () => {
    const token = async (verbs: string[], repositories: string[]) => {
      const made = await api.post('/tokens', { name: 'reader', verbs, repositories });
      return api.as(tokensHttp.createdTokenAnswer.parse(made.json()).token);
    };
    const [confined, writer] = [await token(['read'], ['other/thing']), await token(['write'], ['other/thing'])];
    const own = await api.createPackage({ repository: 'other/thing' });
    const head = await headOf(api);
    await covers(api, head);
    const { rows } = await owner(
      `select sequence from event_sequence join events on id = event_id where subject_id = '${own.id}' order by 1`,
    );
    const all = [
      'checkpoint',
      'tile/0/000',
      'tile/entries/000',
      'proof?sequence=1',
      'consistency?from=1',
      `proof?sequence=${String(rows[0]?.['sequence'])}`,
    ];
    const statuses = async (caller: Caller) => Promise.all(all.map(async (address) => (await caller.get(`/log/${address}`)).status));
    expect(await statuses(api.as(null))).toEqual([401, 401, 401, 401, 401, 401]);
    expect(await statuses(confined)).toEqual([200, 200, 403, 404, 200, 200]);
    expect(await statuses(writer)).toEqual([403, 403, 403, 403, 403, 403]);
  });

  it('is open to everybody where the operator says so, and nothing else is', async () => {
    const open = await archive.start('gateway', { MUNIMENT_LOG_PUBLIC: 'true' });
    const stranger = new Caller(open.url ?? '', null);
    const checkpoint = await stranger.get('/log/checkpoint');
    expect([checkpoint.status, checkpoint.headers.get('cache-control')]).toEqual([200, 'public, max-age=2']);
    for (const address of ['/log/tile/entries/000', '/log/proof?sequence=1', '/log/consistency?from=1'])
      expect([address, (await stranger.get(address)).status]).toEqual([address, 200]);
    for (const address of ['/events', `/packages/${pkg.id}/log-proof`, '/log', '/logs/x', '/log/../events'])
      expect([address, (await stranger.get(address)).status]).toEqual([address, 401]);
    expect((await stranger.post('/log/checkpoint', {})).status).toBe(401);
    await open.stop();
  });
});

describe('the command line', () => {
  const run = (...args: readonly string[]) => runCommandLine(archive, args);
  const database = () => ['--database-url', archive.ownerUrl];

  it('fetches proofs and checks them offline', async () => {
    expect(await run('log', 'proof', pkg.id, '-o', file('a.tlog-proof'))).toMatchObject({ code: 0 });
    const verified = await run('log', 'verify-proof', file('a.tlog-proof'), '--key', vkey, '--json');
    expect(verified.json()).toMatchObject({ verified: true, entry: { subject_id: pkg.id, payload_digest: pkg.manifest_digest } });
    const { sequence } = verified.json() as { sequence: number };
    writeFileSync(file('key'), `${vkey}\n`);
    expect((await run('log', 'verify-proof', file('a.tlog-proof'), '--key', file('key'), '--sequence', String(sequence))).code).toBe(0);
    expect((await run('log', 'verify-proof', file('a.tlog-proof'), '--key', vkey, '--sequence', String(sequence + 1))).code).toBe(12);
    const wrongKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect((await run('log', 'verify-proof', file('a.tlog-proof'), '--key', wrongKey)).code).toBe(12);
    expect((await run('log', 'verify-proof', file('a.tlog-proof'), '--key', 'no key')).code).toBe(2);
    expect((await run('log', 'proof', '999999')).code).toBe(22);
  });

  it('keeps a checkpoint, and proves later that the log continues it', async () => {
    expect((await run('log', 'checkpoint', '-o', file('kept'))).code).toBe(0);
    await api.createPackage();
    await covers(api, await headOf(api));
    const later = await run('log', 'checkpoint', '--since', file('kept'), '--key', vkey, '--json');
    expect([later.code, later.json()]).toEqual([0, expect.objectContaining({ continues: expect.any(Number) })]);
    expect((await run('log', 'check', ...database(), '--key', vkey, '--checkpoint', file('kept'))).output).toContain(
      'ok    kept-checkpoints',
    );
    expect((await run('log', 'check', ...database())).code).toBe(0);
  });

  it('sees an event that was edited behind the archive, and so does whoever kept a checkpoint', async () => {
    await run('log', 'checkpoint', '-o', file('before'));
    await Promise.all([...archive.running].filter(({ service }) => service !== 'gateway').map((service) => service.stop()));
    await owner(
      `set session_replication_role = 'replica'; update events set actor = 'token:nobody' where id = (select event_id from event_sequence where sequence = 12)`,
    );
    const checked = await run('log', 'check', ...database(), '--key', vkey);
    expect([checked.code, checked.output]).toEqual([13, expect.stringContaining('events were changed: edited 12')]);
    // The archive now answers another entry for event 12, which its own proof does not prove.
    await run('log', 'proof', '12', '-o', file('edited.tlog-proof'));
    expect((await run('log', 'verify-proof', file('edited.tlog-proof'), '--key', vkey)).code).toBe(12);
    // Rewritten with its tree, it fits itself: the signer refuses to sign it.
    await owner(
      `set session_replication_role = 'replica'; delete from log_cosignatures; delete from log_checkpoints; delete from log_tiles; update log_tree set size = 0`,
    );
    const signer = await archive.start('signer');
    await eventually('the alarm', () => signer.log().includes('THE LOG IS NOT WHAT WAS SIGNED'));
    expect((await api.get('/log/checkpoint')).code).toBe('log_checkpoint_not_found');
    expect(await (await fetch(`${signer.adminUrl}/metrics`)).text()).toMatch(/^muniment_log_rewritten(\{[^}]*\})? 1/m);
    // A signer that forgot signs it; whoever kept a checkpoint is not taken in.
    await signer.stop();
    await archive.start('signer', { MUNIMENT_LOG_CHECKPOINT_FILE: file('forgotten') });
    await covers(api, parseCheckpoint(await textOfKept()).size);
    const since = await run('log', 'checkpoint', '--since', file('before'), '--key', vkey);
    expect([since.code, since.errors]).toEqual([13, expect.stringContaining('does not continue')]);
    expect((await run('log', 'check', ...database(), '--key', vkey, '--checkpoint', file('before'))).code).toBe(13);
  }, 90_000);

  const textOfKept = async (): Promise<string> => (await import('node:fs/promises')).readFile(file('before'), 'utf8');
});
