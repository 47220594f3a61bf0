import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKey } from 'openpgp';
import { evidenceHttp, eventsHttp, tokensHttp, type AgainAnswer, type EvidenceAnswer, type KeyAnswer } from '@muniment/contracts';
import { inTotoPayloadType, preAuthEncoding } from '@muniment/formats';
import { rebuildViews } from '@muniment/postgres';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { needProgram } from '../stack/debian-package.js';
import { runProgram } from '../stack/go-program.js';

/** Packages of the drill. */
const count = 6;
const content = 'the bytes of a release';

let archive: ArchiveUnderTest;
let api: Caller;
let ids: readonly string[];
/** Of the keys that get into other hands. */
let stolen: string;
let stolenRelease: string;
/** What there was when the keys were stolen. */
let before: readonly EvidenceAnswer[];

const muniment = (...args: readonly string[]): Promise<CommandRun> => runCommandLine(archive, args);
const first = (): string => ids[0] ?? '';
const evidence = async (id: string): Promise<readonly EvidenceAnswer[]> =>
  evidenceHttp.evidenceListAnswer.parse((await api.get(`/packages/${id}/attestations`)).json()).attestations;
const keys = async (): Promise<readonly KeyAnswer[]> => evidenceHttp.keyListAnswer.parse((await api.get('/keys')).json()).keys;
const latest = async (purpose: KeyAnswer['purpose']): Promise<KeyAnswer> => {
  const key = (await keys()).find((one) => one.purpose === purpose && one.compromised_at === null);
  if (key === undefined) throw new Error(`no ${purpose} key counts`);
  return key;
};
const signers = () => [...archive.running].filter(({ service }) => service === 'signer');
const settled = async (): Promise<void> => {
  for (const id of ids) await eventually(`${id} to be attested`, async () => (await api.package(id)).attestation?.state === 'signed');
};
/** Checks of `muniment verify` with this result, each once. */
const checks = (run: CommandRun, result: string): readonly string[] => {
  const report = run.json() as { checks: readonly { check: string; result: string }[] };
  return [...new Set(report.checks.filter((one) => one.result === result).map(({ check }) => check))];
};

async function eventsOf(type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const page = eventsHttp.eventAnswer.array().parse((await api.get(`/events?after=0&limit=1000&type=${type}`)).json());
  return page.map(({ subject, payload, actor, reason }) => ({ ...payload, id: subject.id, actor, reason }));
}

/** The keyring of the day after: what there is was stolen a minute before anything was signed, and there are new keys. */
async function replaceKeys(): Promise<void> {
  const file = (name: string): string => join(archive.directory, 'keys', name);
  const since = new Date(Date.parse(before[0]?.made_at ?? '') - 60_000).toISOString();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const release = await generateKey({ type: 'ecc', userIDs: { name: 'next' }, date: new Date(Date.now() - 60_000), format: 'armored' });
  writeFileSync(file('next.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(file('next.asc'), release.privateKey, { mode: 0o600 });
  const text = readFileSync(file('keyring.toml'), 'utf8').replace(/^purpose = "(attestation|release)"$/gm, `$&\ncompromised_at = ${since}`);
  const entry = (purpose: string, name: string): string =>
    `\n[[key]]\nname = "next-${purpose}"\npurpose = "${purpose}"\nfile = "${name}"\n`;
  writeFileSync(file('keyring.toml'), `${text}${entry('attestation', 'next.pem')}${entry('release', 'next.asc')}`);
}

beforeAll(async () => {
  const env = { MUNIMENT_JOB_LOCK_MS: '1000', MUNIMENT_TICK_SECONDS: '1' };
  archive = await startArchive({ services: ['gateway', 'hasher', 'retention', 'signer'], env });
  api = new Caller(archive.url, archive.token);
  const open = (_: unknown, n: number) =>
    api.archive({ 'tool.bin': Buffer.from(`${content} ${n}`) }, { version: `1.${n}`, retention_class: 'raw-evidence' });
  ids = (await Promise.all(Array.from({ length: count }, open))).map(({ id }) => id);
  await settled();
  stolen = (await latest('attestation')).key_id;
  stolenRelease = (await latest('release')).key_id;
  before = await evidence(first());
}, 180_000);
afterAll(() => archive?.stop(), 60_000);

describe('attest again', () => {
  it('is refused for a key that signs, for one that nobody knows, and to whoever administers less than everything', async () => {
    const refused = async (...args: readonly string[]): Promise<readonly [number | null, string]> => {
      const run = await muniment('attest', 'again', ...args, '--json');
      return [run.code, (run.json() as { error: { code: string } }).error.code];
    };
    expect(await refused('--key', stolen)).toEqual([23, 'key_in_use']);
    expect(await refused('--key', 'SHA256:nobody')).toEqual([22, 'key_not_found']);
    expect(await refused('--key', (await latest('log')).key_id)).toEqual([23, 'key_signs_no_packages']);
    expect(await refused('--key', stolen, '--execute')).toEqual([2, 'usage']);
    const asked = { name: 'ci', verbs: ['admin'], repositories: ['acme/*'] };
    const { token } = tokensHttp.createdTokenAnswer.parse((await api.post('/tokens', asked)).json());
    const answer = await api.as(token).post(`/keys/${encodeURIComponent(stolen)}/attest-again`, { dry_run: true });
    expect([answer.status, answer.code]).toEqual([403, 'forbidden']);
    expect((await api.as(null).post(`/keys/${encodeURIComponent(stolen)}/attest-again`, { dry_run: true })).status).toBe(401);
  }, 60_000);

  it('is what a stolen key calls for: until then verification refuses', async () => {
    expect((await muniment('verify', first(), '--download', '--json')).code).toBe(0);
    await replaceKeys();
    for (const signer of signers()) await signer.stop();
    await archive.start('signer');
    const run = await muniment('verify', first(), '--download', '--json');
    expect([run.code, checks(run, 'failed')]).toEqual([12, ['attestation.key', 'attestation.receipt', 'openpgp.key']]);
  }, 60_000);

  it('rehearses by default', async () => {
    const run = await muniment('attest', 'again', '--key', stolen);
    expect([run.code, run.errors]).toEqual([0, '']);
    for (const id of ids) expect(run.output).toContain(`${id}  2 statements  0 files`);
    expect(run.output).toContain(`only ${stolen} vouches for ${2 * count} statements and 0 files of ${count} packages`);
    expect(run.output).toContain(`muniment attest again --key ${stolen} --execute --reason "..."`);
    expect(await eventsOf('v1.attestation.requested')).toEqual([]);
  }, 60_000);

  it('has the next keys sign everything exactly once, though signers are killed while they do', async () => {
    for (const signer of signers()) await signer.stop();
    const asked = await muniment('attest', 'again', '--key', stolen, '--execute', '--reason', 'the laptop was stolen', '--json');
    expect(asked.json()).toMatchObject({ dry_run: false, statements: 2 * count, files: 0, waiting: 0, moved: 0 });
    const again = await muniment('attest', 'again', '--key', stolen, '--execute', '--reason', 'twice', '--json');
    expect(again.json()).toMatchObject({ packages: [], statements: 0, waiting: 2 * count });
    // Over HTTP, and sent twice with one key: one answer.
    const idempotent = { 'idempotency-key': 'release-key-drill' };
    const ask = (): ReturnType<Caller['post']> =>
      api.post(`/keys/${stolenRelease}/attest-again`, { reason: 'the same laptop' }, idempotent);
    const [one, two] = [await ask(), await ask()];
    expect(two.json()).toEqual(one.json());
    expect((one.json() as AgainAnswer).packages).toHaveLength(count);
    for (let kills = 0; kills < 5; kills++) {
      const signer = await archive.start('signer');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      await signer.kill();
    }
    await archive.start('signer');
    await settled();
    const next = [(await latest('attestation')).key_id, (await latest('release')).key_id];
    // Both by jobs of their own, and told by the log a moment later: neither waits for the other.
    await eventually('the files to be signed again', async () => {
      const made = await eventsOf('v1.signature.made');
      return made.filter((event) => event['key_fingerprint'] === next[1]).length === count;
    });
    await eventually('the statements to be signed again', async () => {
      const signed = await eventsOf('v1.attestation.signed');
      return signed.filter((event) => event['key_id'] === next[0]).length >= 2 * count;
    });
    const accepted = (await eventsOf('v1.attestation.signed')).map(({ id, statement, part, key_id }) =>
      [id, statement, part, key_id].map(String).join(' '),
    );
    const expected = ids.flatMap((id) =>
      ['archive-receipt', 'release'].flatMap((kind) => [stolen, next[0]].map((key) => `${id} ${kind} 1 ${key}`)),
    );
    expect([...accepted].sort()).toEqual([...expected].sort());
    const signatures = (await eventsOf('v1.signature.made')).map(({ id, path, key_fingerprint }) =>
      [id, path, key_fingerprint].map(String).join(' '),
    );
    expect([...signatures].sort()).toEqual(ids.flatMap((id) => [stolenRelease, next[1]].map((key) => `${id} tool.bin ${key}`)).sort());
    expect((await eventsOf('v1.attestation.requested'))[0]).toMatchObject({ key_id: stolen, reason: 'the laptop was stolen' });
  }, 180_000);

  it('makes verification accept again, with what the stolen keys signed still there', async () => {
    for (const id of [first(), ids.at(-1) ?? '']) {
      const run = await muniment('verify', id, '--download', '--json');
      expect([run.code, checks(run, 'failed'), checks(run, 'skipped')]).toEqual([0, [], []]);
      expect(checks(run, 'ok')).toEqual(
        expect.arrayContaining(['attestation.replaced', 'attestation.receipt', 'openpgp.replaced', 'openpgp.key']),
      );
    }
    const now = await evidence(first());
    expect(now).toEqual(expect.arrayContaining([...before]));
    expect(now).toHaveLength(2 * before.length);
    for (const { url, sha256, size } of now) {
      const { bytes, headers } = await api.get(url);
      expect([bytes.length, headers.get('etag')]).toEqual([size, `"sha256:${sha256}"`]);
    }
    const packed = join(archive.directory, 'pack.tar');
    expect((await muniment('evidence', first(), '-o', packed)).code).toBe(0);
    const pack = await muniment('verify', '--pack', packed, '--json');
    expect([pack.code, checks(pack, 'failed')]).toEqual([0, []]);
  }, 60_000);

  it('gives what openssl verifies with the next key, and not with the old one', async () => {
    const write = (name: string, bytes: string | Uint8Array): string => {
      writeFileSync(join(archive.directory, name), bytes);
      return join(archive.directory, name);
    };
    const next = await latest('attestation');
    const receipt = (await evidence(first())).find(({ name, key_id }) => /^archive-receipt\..*jsonl$/.test(name) && key_id === next.key_id);
    const envelope = (await api.get(receipt?.url ?? '')).json() as { payload: string; signatures: [{ sig: string }] };
    const signed = write('signed', preAuthEncoding(inTotoPayloadType, Buffer.from(envelope.payload, 'base64')));
    const signature = write('signature', Buffer.from(envelope.signatures[0].sig, 'base64'));
    const old = (await keys()).find(({ key_id }) => key_id === stolen);
    const judged = async (pem: string | undefined): Promise<number | null> =>
      (await runProgram('openssl', ['dgst', '-sha256', '-verify', write('key.pem', pem ?? ''), '-signature', signature, signed])).code;
    expect([await judged(next.pem), await judged(old?.pem)]).toEqual([0, 1]);
  });

  const noGpg = needProgram('gpg', 'gpg') ?? needProgram('gpgv', 'gpgv');
  (noGpg === null ? it : it.skip)(
    noGpg === null ? 'gives what gpgv verifies with the next certificate alone' : `skipped: ${noGpg}`,
    async () => {
      const file = (name: string): string => join(archive.directory, name);
      writeFileSync(file('release.asc'), (await api.get('/keys/release.asc')).bytes);
      writeFileSync(file('tool.bin'), `${content} 0`);
      writeFileSync(file('tool.bin.asc'), (await api.get(`/packages/${first()}/files/tool.bin.asc`)).bytes);
      expect((await runProgram('gpg', ['--batch', '--yes', '--dearmor', '-o', file('release.gpg'), file('release.asc')])).code).toBe(0);
      const run = await runProgram('gpgv', ['--status-fd', '1', '--keyring', file('release.gpg'), file('tool.bin.asc'), file('tool.bin')]);
      expect([run.code, run.stdout]).toEqual([0, expect.stringContaining(`VALIDSIG ${(await latest('release')).key_id}`)]);
    },
  );

  it('repeated finds nothing to do, and the views are what the log says', async () => {
    for (const key of [stolen, stolenRelease]) {
      const run = await muniment('attest', 'again', '--key', key, '--execute', '--reason', 'once more', '--json');
      expect([run.code, run.json()]).toEqual([0, expect.objectContaining({ packages: [], statements: 0, files: 0, waiting: 0 })]);
    }
    expect(await rebuildViews(archive.ownerUrl, { verify: true })).toMatchObject({ identical: true });
  }, 60_000);
});
