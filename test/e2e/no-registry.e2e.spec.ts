import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { needProgram } from '../stack/debian-package.js';

const program = fileURLToPath(new URL('../dist/e2e/shut-in-archive.js', import.meta.url));
const muniment = fileURLToPath(new URL('../../apps/cli/bin/muniment.mjs', import.meta.url));
/** Whoever may not make a namespace asks sudo, as on the machines of CI. */
const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

function unavailable(): string | null {
  for (const [name, debian] of [
    ['unshare', 'util-linux'],
    ['ip', 'iproute2'],
    ['strace', 'strace'],
  ] as const) {
    const why = needProgram(name, debian);
    if (why !== null) return why;
  }
  const traced = inNamespace(['ip', 'link', 'set', 'lo', 'up'], ['strace', '-f', '-o', '/dev/null', 'true']);
  return traced.status === 0 ? null : `no namespace without a network, or no tracing in it: ${traced.stderr}`;
}

/** Runs both commands, one after the other, in a network namespace that has no route anywhere. */
function inNamespace(first: readonly string[], then: readonly string[]) {
  const [sudo, ...words] = [...asRoot, 'unshare', '-n', 'sh', '-c', `${first.join(' ')} && exec "$@"`, 'sh', ...then];
  return spawnSync(sudo ?? '', words, { encoding: 'utf8', env: { ...process.env, TMPDIR: directory }, maxBuffer: 64 * 1024 * 1024 });
}

interface Archived {
  readonly kind: string;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly pack: string;
}

const directory = mkdtempSync(path.join(tmpdir(), 'muniment-shut-in-'));
const why = unavailable();
afterAll(() => {
  // Made by whoever ran the archive.
  if (existsSync(directory)) execFileSync(asRoot[0] ?? 'rm', [...asRoot.slice(1), ...(asRoot.length > 0 ? ['rm'] : []), '-rf', directory]);
});

(why === null ? describe : describe.skip)(why === null ? 'a crate, a wheel and an sdist of a dry run' : `skipped: ${why}`, () => {
  let told: { readonly key: string; readonly archived: readonly Archived[] };
  const calls = path.join(directory, 'calls');

  beforeAll(() => {
    const traced = ['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=connect,sendto,sendmsg', '-e', 'signal=none', '-o', calls];
    const run = inNamespace(['ip', 'link', 'set', 'lo', 'up'], [...traced, process.execPath, program, directory]);
    if (run.status !== 0) throw new Error(run.stderr.slice(-4_000));
    told = JSON.parse(run.stdout) as typeof told;
  }, 240_000);

  it('are archived, attested and verified where there is no network at all', () => {
    expect(told.archived.map(({ kind }) => kind).sort()).toEqual(['crate', 'sdist', 'wheel']);
    for (const { files, subject } of told.archived)
      expect(files.map((file) => [file.path, file.sha256])).toEqual(subject.map(({ name, digest }) => [name, digest.sha256]));
  });

  it('make no process of the archive speak, or try to speak, to anything but this machine', () => {
    const addresses = [...readFileSync(calls, 'utf8').matchAll(/(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"/g)].map(
      ([, address]) => address,
    );
    expect(addresses.length).toBeGreaterThan(10);
    expect([...new Set(addresses)].filter((address) => address !== '127.0.0.1' && address !== '::1')).toEqual([]);
  });

  it('are verified later from their evidence pack, without even a loopback', () => {
    for (const { pack } of told.archived) {
      const run = inNamespace(['true'], [process.execPath, muniment, 'verify', '--pack', pack, '--key', told.key, '--json']);
      expect([run.status, run.stderr]).toEqual([0, '']);
      expect(JSON.parse(run.stdout)).toMatchObject({ verified: true });
    }
  }, 60_000);
});
