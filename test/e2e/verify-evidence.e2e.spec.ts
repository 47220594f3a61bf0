import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp } from '@muniment/contracts';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { needProgram } from '../stack/debian-package.js';
import { cosign, findOrBuild, goBuildMs, goProgramUnavailable } from '../stack/go-program.js';
import { findProgram } from '../stack/process.js';

interface Report {
  readonly verified: boolean;
  readonly unmet: readonly string[];
  readonly checks: readonly {
    readonly check: string;
    readonly subject: string;
    readonly result: string;
    readonly rests_on: string | null;
  }[];
}

let archive: ArchiveUnderTest;
let packageId: string;
let pack: string;
/** Where the pack was unpacked. */
let unpacked: string;

const muniment = (...args: readonly string[]): Promise<CommandRun> => runCommandLine(archive, args);
const report = (run: CommandRun): Report => run.json() as Report;
const results = (run: CommandRun, result: string): readonly string[] => [
  ...new Set(
    report(run)
      .checks.filter((check) => check.result === result)
      .map(({ check }) => check),
  ),
];

/** Verifies the pack with the keys out of the archive's own folder, as somebody who got them elsewhere would. */
const pins = (): readonly string[] => {
  const keys = path.join(unpacked, 'evidence/keys');
  const pem =
    execFileSync('ls', [keys], { encoding: 'utf8' })
      .split('\n')
      .find((name) => name.endsWith('.pem')) ?? '';
  return ['--key', path.join(keys, pem), '--log-key', path.join(keys, 'log.vkey'), '--release-key', path.join(keys, 'release.asc')];
};

beforeAll(async () => {
  archive = await startArchive({ services: ['gateway', 'hasher', 'signer'] });
  const folder = path.join(archive.directory, 'build/dist');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'tool.bin'), Buffer.alloc(3_000_000, 'the bytes that were built\n'));
  writeFileSync(path.join(folder, "it's odd & long ü.txt"), 'a name for shells to stumble over');
  const meta = await muniment('meta', 'write', path.join(folder, 'tool.bin'));
  expect(meta.code).toBe(0);
  const pushed = await muniment('push', path.join(archive.directory, 'build'), '--repository', 'acme/tools', '--run-id', '7', '--json');
  expect([pushed.code, pushed.errors]).toEqual([0, '']);
  packageId = (pushed.json() as { package_id: string }).package_id;
  const api = new Caller(archive.url, archive.token);
  await eventually('the package to be attested', async () => {
    return packagesHttp.packageAnswer.parse((await api.get(`/packages/${packageId}`)).json()).attestation?.state === 'signed';
  });
  await eventually('the log to be signed', async () => (await api.get(`/packages/${packageId}/log-proof`)).status === 200);
  pack = path.join(archive.directory, 'pack.tar');
  unpacked = path.join(archive.directory, 'unpacked');
}, 120_000);
afterAll(() => archive?.stop(), 60_000);

describe('verify against the archive', () => {
  it('does all of it in one call, and says what each result rests on', async () => {
    const run = await muniment('verify', packageId, '--download', '--json');
    expect([run.code, results(run, 'failed'), results(run, 'skipped')]).toEqual([0, [], []]);
    expect(results(run, 'ok')).toEqual(
      expect.arrayContaining([
        'manifest.digest',
        'stored.sha256',
        'attestation.signature',
        'attestation.subjects',
        'receipt.manifest',
        'log.inclusion',
        'openpgp.signature',
      ]),
    );
    expect(report(run).checks.every(({ rests_on: ground }) => ground !== null && ground !== '')).toBe(true);
    const people = await muniment('verify', packageId, '--download');
    expect(people.output).toContain('This rests on: ');
    expect(people.output).toContain('the word of the archive on this machine');
  });

  it('verifies files here, their signatures too', async () => {
    const file = path.join(archive.directory, 'build/dist/tool.bin');
    const run = await muniment('verify', file, '--package', packageId, '--require', 'attestation,log', '--json');
    expect([run.code, results(run, 'failed')]).toEqual([0, []]);
    expect(results(run, 'ok')).toEqual(expect.arrayContaining(['meta.sha256', 'manifest.sha256', 'openpgp.signature']));
  });

  it('fails what was asked for and could not be checked', async () => {
    const run = await muniment('verify', packageId, '--require', 'openpgp.signature', '--json');
    expect([run.code, report(run).verified, report(run).unmet]).toEqual([15, false, ['openpgp.signature']]);
  });

  it('refuses keys that are not the pinned ones', async () => {
    const stranger = path.join(archive.directory, 'stranger.pem');
    writeFileSync(stranger, generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }));
    const run = await muniment('verify', packageId, '--key', stranger, '--json');
    expect([run.code, results(run, 'failed')]).toEqual([12, ['attestation.signature', 'attestation.receipt']]);
  });
});

describe('an evidence pack', () => {
  it('is one deterministic file', async () => {
    const checkpoint = path.join(archive.directory, 'kept.checkpoint');
    writeFileSync(
      checkpoint,
      await (await fetch(`${archive.url}/log/checkpoint`, { headers: { authorization: `Bearer ${archive.token}` } })).text(),
    );
    const run = await muniment('evidence', packageId, '-o', pack, '--json');
    expect([run.code, run.errors]).toEqual([0, '']);
    expect(run.json()).toMatchObject({ package_id: packageId, content: 'files', files: 3, log_proof: true });
    const again = path.join(archive.directory, 'again.tar');
    await muniment('evidence', packageId, '-o', again);
    const log = (file: string): string => execFileSync('tar', ['-xOf', file, 'evidence/log/checkpoint'], { encoding: 'utf8' });
    if (log(again) === log(pack)) expect(readFileSync(again).equals(readFileSync(pack))).toBe(true);
    mkdirSync(unpacked);
    execFileSync('tar', ['-xf', pack, '-C', unpacked]);
  }, 60_000);

  it('verifies with the server stopped and no configuration', async () => {
    for (const service of [...archive.running]) await service.stop();
    const offline = { ...archive, url: 'http://127.0.0.1:1', token: '' };
    const run = await runCommandLine(offline, ['verify', '--pack', pack, ...pins(), '--require', 'all', '--json']);
    expect([run.code, results(run, 'failed'), results(run, 'skipped')]).toEqual([0, [], []]);
    expect(results(run, 'ok')).toEqual(
      expect.arrayContaining([
        'pack.index',
        'manifest.digest',
        'file.sha256',
        'meta.sha256',
        'attestation.signature',
        'log.inclusion',
        'openpgp.signature',
        'history.retention',
      ]),
    );
    const kept = path.join(archive.directory, 'kept.checkpoint');
    const consistent = await runCommandLine(offline, ['verify', '--pack', pack, ...pins(), '--checkpoint', kept, '--json']);
    expect([consistent.code, results(consistent, 'failed')]).toEqual([expect.any(Number), []]);
  }, 60_000);

  const commands = (): readonly string[] => {
    const inCode = /```sh\n([\s\S]*?)```/g;
    const readme = readFileSync(path.join(unpacked, 'README.md'), 'utf8');
    return [...readme.matchAll(inCode)].flatMap(([, block = '']) => block.trim().split('\n')).filter((line) => !line.startsWith('#'));
  };
  const typed = (command: string, env: Readonly<Record<string, string>> = {}): string =>
    execFileSync('sh', ['-c', `${command} 2>&1`], {
      cwd: unpacked,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: archive.directory, ...env },
    });
  const startingWith = (program: string): readonly string[] => commands().filter((line) => line.startsWith(program));

  it('holds commands that sha256sum, openssl and gpgv run as they are written', () => {
    expect(startingWith('openssl').length).toBeGreaterThanOrEqual(2);
    expect(startingWith('gpgv')).toHaveLength(3);
    for (const command of commands().filter((line) => /^(?:sha256sum|sed|\{ printf|openssl|gpgv|grep) /.test(line))) {
      const said = typed(command);
      if (command.startsWith('openssl')) expect(said).toBe('Verified OK\n');
      if (command.startsWith('gpgv')) expect(said).toContain('Good signature');
      if (command.startsWith('grep ')) expect(said).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    }
  }, 60_000);

  const noSqv = needProgram('sqv', 'sqv');
  (noSqv === null ? it : it.skip)(noSqv === null ? 'sqv too' : `sqv: ${noSqv}`, () => {
    expect(startingWith('sqv')).toHaveLength(3);
    for (const command of startingWith('sqv')) typed(command);
  });

  const noCosign = goProgramUnavailable(cosign);
  (noCosign === null ? it : it.skip)(
    noCosign === null ? 'cosign too' : `cosign: ${noCosign}`,
    async () => {
      const folder = path.dirname(await findOrBuild(cosign));
      expect(startingWith('cosign').length).toBeGreaterThanOrEqual(1);
      for (const command of startingWith('cosign')) {
        expect(typed(command, { PATH: `${folder}:${process.env['PATH'] ?? ''}` })).toContain('Verified OK');
        const otherDigest = command.replace(/--digest [0-9a-f]{64}/, `--digest ${'ab'.repeat(32)}`);
        expect(() => typed(otherDigest, { PATH: `${folder}:${process.env['PATH'] ?? ''}` })).toThrow();
      }
    },
    goBuildMs,
  );

  const noGo = findProgram('go') === undefined ? 'no go' : null;
  (noGo === null ? it : it.skip)(
    'and Go proves the entry in the log, and no other',
    () => {
      const [command = ''] = startingWith('(cd evidence/log/check');
      const go = {
        GOPATH: process.env['GOPATH'] ?? path.join(homedir(), 'go'),
        GOCACHE: path.join(homedir(), '.cache/go-build'),
        CGO_ENABLED: '0',
        ...goSettings(),
      };
      expect(typed(command, go)).toMatch(/^proven: entry \d+ of \d+ in /m);
      const entry = path.join(unpacked, 'evidence/log/entry.cbor');
      const right = readFileSync(entry);
      const wrong = Buffer.from(right);
      wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
      writeFileSync(entry, wrong);
      expect(() => typed(command, go)).toThrow();
      writeFileSync(entry, right);
    },
    goBuildMs,
  );

  it.each(['index.json', 'evidence/manifest.cbor', 'evidence/keys.json', 'files/dist/tool.bin'])(
    'with one byte of %s changed is refused',
    async (place) => {
      const bytes = readFileSync(pack);
      const at = bytes.lastIndexOf(Buffer.from(`${place}\0`));
      bytes[at + 512 + 20] = (bytes[at + 512 + 20] ?? 0) ^ 1;
      const broken = path.join(archive.directory, 'broken.tar');
      writeFileSync(broken, bytes);
      const run = await muniment('verify', '--pack', broken, ...pins(), '--json');
      expect([11, 12]).toContain(run.code);
      expect(results(run, 'failed').some((check) => check.startsWith('pack.'))).toBe(true);
    },
  );
});

/** How Go finds modules on this machine. */
function goSettings(): Readonly<Record<string, string>> {
  const names = ['GOPROXY', 'GOFLAGS', 'GONOSUMDB', 'GONOSUMCHECK', 'GOSUMDB', 'HTTPS_PROXY', 'https_proxy', 'SSL_CERT_FILE'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
