import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokensHttp, type PackageAnswer } from '@muniment/contracts';
import { decodeCbor, parseCheckpoint, parseTlogProof } from '@muniment/formats';
import { Caller } from '../stack/caller.js';
import { eventually } from '../stack/left-behind.js';
import { buildLogChecker, logCheck, logCheckerBuildMs, logCheckerUnavailable } from '../stack/log-checker.js';
import { SignedLog } from './signed-log.js';

const missing = logCheckerUnavailable();
if (missing !== null) console.log(`skipped: ${missing}`);
/** Runs only where Go's own implementation can judge us. */
const withGo = missing === null ? it : it.skip;

let log: SignedLog;
let pkg: PackageAnswer;

beforeAll(async () => {
  await buildLogChecker();
  log = await SignedLog.start(['gateway', 'hasher', 'signer']);
  pkg = await log.api.archive({ 'a.bin': Buffer.from('bytes of a') });
  // Over the border of the first tile.
  for (let n = 0; n < 14; n++) await Promise.all(Array.from({ length: 10 }, () => log.api.createPackage()));
  // From here on nothing is appended but by the tests.
  await eventually('it is attested', async () => (await log.api.package(pkg.id)).attestation?.state === 'signed', 60_000);
  await log.covered();
}, 180_000 + logCheckerBuildMs);
afterAll(() => log?.stop(), 60_000);

const accepted = { accepted: true, output: expect.anything(), reason: '' };

describe("Go's sumdb/note and sumdb/tlog", () => {
  withGo('read the whole log through its tiles: every entry, every tile, the signature', async () => {
    const verdict = await logCheck(['read', log.key, `${log.archive.url}/log`, log.archive.token]);
    expect(verdict).toEqual(accepted);
    expect((JSON.parse(verdict.output) as { entries: number }).entries).toBeGreaterThan(280);
  });

  withGo('open our checkpoint, and no forged one', async () => {
    const note = await log.text('/log/checkpoint');
    expect(await logCheck(['open', log.key], note)).toEqual(accepted);
    const { size, root } = parseCheckpoint(note);
    const other = Buffer.from(root).fill(1).toString('base64');
    const forgeries = [
      note.replace(`\n${size}\n`, `\n${size + 1}\n`),
      note.replace(Buffer.from(root).toString('base64'), other),
      note.slice(0, note.lastIndexOf('\n\n') + 2),
      note.replace(/.{8}\n$/, 'AAAAAAAA\n'),
    ];
    for (const forged of forgeries) expect([forged, (await logCheck(['open', log.key], forged)).accepted]).toEqual([forged, false]);
    const wrongKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect((await logCheck(['open', wrongKey], note)).accepted).toBe(false);
  });

  withGo('accept our proof of every event, and none that was tampered with', async () => {
    for (const sequence of [1, 7, 255, 256, 257, 258, 280]) {
      const proof = await log.text(`/log/proof?sequence=${sequence}`);
      const entry = Buffer.from(parseTlogProof(proof).extra ?? []).toString('base64');
      expect([sequence, await logCheck(['record', log.key, entry], proof)]).toEqual([sequence, { ...accepted, output: '' }]);
    }
    const [proof, other] = [await log.text('/log/proof?sequence=99'), await log.text('/log/proof?sequence=100')];
    const entryOf = (text: string) => Buffer.from(parseTlogProof(text).extra ?? []).toString('base64');
    const lines = proof.split('\n');
    const refusals: readonly (readonly [string, string])[] = [
      [entryOf(other), proof],
      [entryOf(proof), proof.replace('index 98', 'index 99')],
      [entryOf(proof), [...lines.slice(0, 3), ...lines.slice(4)].join('\n')],
      [entryOf(proof), [...lines.slice(0, 3), lines[4], lines[3], ...lines.slice(5)].join('\n')],
    ];
    for (const [entry, forged] of refusals) expect((await logCheck(['record', log.key, entry], forged)).accepted).toBe(false);
  });

  withGo('accept that the log continues an older checkpoint, and nothing else', async () => {
    const kept = await log.text('/log/checkpoint');
    const { size, root } = parseCheckpoint(kept);
    await log.api.createPackage();
    await log.covered();
    const proof = await log.text(`/log/consistency?from=${size}`);
    const check = (from: number, of: Uint8Array, text: string) =>
      logCheck(['tree', log.key, String(from), Buffer.from(of).toString('base64')], text);
    expect(await check(size, root, proof)).toEqual({ ...accepted, output: '' });
    expect((await check(size, Buffer.from(root).fill(1), proof)).accepted).toBe(false);
    const [first, second, ...rest] = proof.split('\n');
    expect((await check(size, root, [first, ...rest].join('\n'))).accepted).toBe(false);
    // Rolled back: the older checkpoint sent as if it were the newer one.
    expect((await check(size + 1, root, `old ${size + 1}\n${second}\n\n${kept}`)).accepted).toBe(false);
  });
});

describe('reading the log over HTTP', () => {
  it('proves the event that finalized a package', async () => {
    const proof = await log.text(`/packages/${pkg.id}/log-proof`);
    const entry = decodeCbor(parseTlogProof(proof).extra ?? new Uint8Array());
    expect(entry).toMatchObject({ type: 'v1.package.finalized', subject_id: pkg.id, payload_digest: pkg.manifest_digest });
    const open = await log.api.createPackage();
    expect((await log.api.get(`/packages/${open.id}/log-proof`)).code).toBe('package_not_finalized');
    expect((await log.api.get('/packages/6f1f64c4-9d2e-4b1e-9f0e-3f1f64c49d2e/log-proof')).code).toBe('package_not_found');
  });

  it('answers JSON to those who want it', async () => {
    const proof = (await log.api.get('/log/proof?sequence=3', { accept: 'application/json' })).json();
    expect(proof).toMatchObject({
      sequence: 3,
      index: 2,
      hashes: expect.any(Array),
      entry: expect.any(String),
      checkpoint: expect.any(String),
    });
    const consistency = (await log.api.get('/log/consistency?from=3', { accept: 'application/json' })).json();
    expect(consistency).toMatchObject({ from: 3, to: expect.any(Number), hashes: expect.any(Array) });
    expect((await log.api.get('/log/proof?sequence=3', { accept: 'image/png' })).code).toBe('not_acceptable');
  });

  it('lets tiles be kept for ever, a checkpoint for a moment, both by the client alone', async () => {
    const tile = await log.api.get('/log/tile/0/000');
    expect([tile.bytes.length, tile.headers.get('content-type'), tile.headers.get('cache-control')]).toEqual([
      8192,
      'application/octet-stream',
      'private, max-age=31536000, immutable',
    ]);
    expect((await log.api.get('/log/tile/0/000.p/17')).bytes).toEqual(tile.bytes.subarray(0, 17 * 32));
    const checkpoint = await log.api.get('/log/checkpoint');
    expect([checkpoint.headers.get('content-type'), checkpoint.headers.get('cache-control')]).toEqual([
      'text/plain; charset=utf-8',
      'private, max-age=2',
    ]);
  });

  it.each(['tile/0/0', 'tile/0/000.p/256', 'tile/0/999', 'tile/0/x001/000', 'tile/9/000', 'tile/entries/999', 'tile', 'tile/'])(
    'has no %s',
    async (address) => {
      expect((await log.api.get(`/log/${address}`)).status).toBe(404);
    },
  );

  it('has nothing beyond its latest checkpoint', async () => {
    const checkpointed = async (): Promise<number> => parseCheckpoint(await log.text('/log/checkpoint')).size;
    const address = (kind: string, index: number, entries: number) =>
      `/log/tile/${kind}/${String(index).padStart(3, '0')}${entries === 256 ? '' : `.p/${entries}`}`;
    const missing = 'log_tile_not_found';
    // What was appended before may be checkpointed while we look; then what we saw belongs to two sizes, and we look again.
    for (let size = -1; size !== (await checkpointed()); ) {
      size = await checkpointed();
      const [index, width] = [Math.floor(size / 256), size % 256];
      const seen = [];
      for (const kind of ['0', 'entries']) {
        for (const entries of [width, width + 1, 256]) {
          const answer = entries === 0 ? null : await log.api.get(address(kind, index, entries));
          seen.push(answer?.code ?? answer?.status ?? 200);
        }
      }
      const beyond = (await log.api.get(address('0', index + 1, 256))).code;
      if (size === (await checkpointed())) expect([...seen, beyond]).toEqual([200, missing, missing, 200, missing, missing, missing]);
    }
  });

  it.each(['proof', 'proof?sequence=x', 'proof?sequence=1&size=2', 'consistency', 'consistency?from=-1', 'checkpoint?cosignatures=64'])(
    'refuses %s',
    async (address) => {
      expect((await log.api.get(`/log/${address}`)).status).toBe(400);
    },
  );

  it('shows nothing without a token, hashes to every reader, and entries to those who may read the event', async () => {
    const token = async (verbs: string[], repositories: string[]) => {
      const made = await log.api.post('/tokens', { name: 'reader', verbs, repositories });
      return log.api.as(tokensHttp.createdTokenAnswer.parse(made.json()).token);
    };
    const [confined, writer] = [await token(['read'], ['other/thing']), await token(['write'], ['other/thing'])];
    const own = await log.api.createPackage({ repository: 'other/thing' });
    await log.covered();
    const { rows } = await log.sql(
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
    expect(await statuses(log.api.as(null))).toEqual([401, 401, 401, 401, 401, 401]);
    expect(await statuses(confined)).toEqual([200, 200, 403, 404, 200, 200]);
    expect(await statuses(writer)).toEqual([403, 403, 403, 403, 403, 403]);
  });

  it('is open to everybody where the operator says so, and nothing else is', async () => {
    const open = await log.archive.start('gateway', { MUNIMENT_LOG_PUBLIC: 'true' });
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
  const run = (...args: readonly string[]) => log.run(...args);
  const database = () => ['--database-url', log.archive.ownerUrl];

  it('fetches proofs and checks them offline', async () => {
    expect(await run('log', 'proof', pkg.id, '-o', log.file('a.tlog-proof'))).toMatchObject({ code: 0 });
    const verified = await run('log', 'verify-proof', log.file('a.tlog-proof'), '--key', log.key, '--json');
    expect(verified.json()).toMatchObject({ verified: true, entry: { subject_id: pkg.id, payload_digest: pkg.manifest_digest } });
    const { sequence } = verified.json() as { sequence: number };
    writeFileSync(log.file('key'), `${log.key}\n`);
    expect(
      (await run('log', 'verify-proof', log.file('a.tlog-proof'), '--key', log.file('key'), '--sequence', String(sequence))).code,
    ).toBe(0);
    expect((await run('log', 'verify-proof', log.file('a.tlog-proof'), '--key', log.key, '--sequence', String(sequence + 1))).code).toBe(
      12,
    );
    const wrongKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect((await run('log', 'verify-proof', log.file('a.tlog-proof'), '--key', wrongKey)).code).toBe(12);
    expect((await run('log', 'verify-proof', log.file('a.tlog-proof'), '--key', 'no key')).code).toBe(2);
    expect((await run('log', 'proof', '999999')).code).toBe(22);
  });

  it('keeps a checkpoint, and proves later that the log continues it', async () => {
    expect((await run('log', 'checkpoint', '-o', log.file('kept'))).code).toBe(0);
    await log.api.createPackage();
    await log.covered();
    const later = await run('log', 'checkpoint', '--since', log.file('kept'), '--key', log.key, '--json');
    expect([later.code, later.json()]).toEqual([0, expect.objectContaining({ continues: expect.any(Number) })]);
    expect((await run('log', 'check', ...database(), '--key', log.key, '--checkpoint', log.file('kept'))).output).toContain(
      'ok    kept-checkpoints',
    );
    expect((await run('log', 'check', ...database())).code).toBe(0);
  });
});
