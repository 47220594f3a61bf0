import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { oneBuild } from './one-build.js';
import { findProgram } from './process.js';

const cache = resolve(import.meta.dirname, '../../node_modules/.cache/muniment/bin');
/** Longest that a build may take: large programs on a busy machine. */
export const goBuildMs = 30 * 60_000;

/** A program of somebody else, built from source at a pinned version; the Go checksum database pins its bytes. */
export interface GoProgram {
  readonly name: string;
  readonly module: string;
  /** Package of the program, below the module; empty where it is the module itself. */
  readonly folder: string;
  readonly version: string;
}

export const cosign: GoProgram = { name: 'cosign', module: 'github.com/sigstore/cosign/v3', folder: 'cmd/cosign', version: 'v3.1.3' };
export const slsaVerifier: GoProgram = {
  name: 'slsa-verifier',
  module: 'github.com/slsa-framework/slsa-verifier/v2',
  folder: 'cli/slsa-verifier',
  version: 'v2.7.1',
};
/** Sigstore's certificate authority, transparency log and timestamp authority. Later versions of the last two need a newer Go than our image has. */
export const fulcio: GoProgram = { name: 'fulcio', module: 'github.com/sigstore/fulcio', folder: '', version: 'v1.8.8' };
export const rekorServer: GoProgram = {
  name: 'rekor-server-posix',
  module: 'github.com/sigstore/rekor-tiles/v2',
  folder: 'cmd/rekor-server/posix',
  version: 'v2.3.0',
};
export const timestampServer: GoProgram = {
  name: 'timestamp-server',
  module: 'github.com/sigstore/timestamp-authority/v2',
  folder: 'cmd/timestamp-server',
  version: 'v2.0.6',
};

/** The last release whose sources are public. */
export const minio: GoProgram = {
  name: 'minio',
  module: 'github.com/minio/minio',
  folder: '',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
};
/** A witness of transparency logs (C2SP tlog-witness). */
export const litewitness: GoProgram = {
  name: 'litewitness',
  module: 'filippo.io/torchwood',
  folder: 'cmd/litewitness',
  version: 'v0.9.0',
};
export const helm: GoProgram = { name: 'helm', module: 'helm.sh/helm/v4', folder: 'cmd/helm', version: 'v4.3.1' };

/** Null when the program can be had here; otherwise the reason to print when skipping. */
export function goProgramUnavailable({ name }: GoProgram): string | null {
  if (found(name) !== undefined || findProgram('go') !== undefined) return null;
  return `${name}: not in PATH, the Go bin folder or the cache, and no go to build it with`;
}

/**
 * What a program needs to be compared with, not to be debugged or fast: no debugging information, no inlining, and a compiler that collects less often. Two thirds
 * of the time (helm, nothing cached, two cores: 198 s, then 130 s).
 */
const quickly = { flags: ['-gcflags=all=-l -dwarf=false', '-ldflags=-s -w'], env: { GOGC: '400' } };

/** Path of the program. Without one, builds it once (minutes) into node_modules/.cache; test files that need it meanwhile wait for that. */
export async function findOrBuild(program: GoProgram): Promise<string> {
  const { name } = program;
  mkdirSync(cache, { recursive: true });
  await oneBuild(
    join(cache, `${name}.building`),
    () => found(name) !== undefined,
    () => build(program),
  );
  return found(name) ?? join(cache, name);
}

export interface ProgramAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; does not throw when it fails. `env` is all it sees, beside PATH. */
export function runProgram(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProgramAnswer> {
  const options = { env: { PATH: process.env['PATH'] ?? '', ...env }, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((answer, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) answer({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') answer({ code: error.code, stdout, stderr });
      else reject(new Error(`${program} cannot be run`, { cause: error }));
    });
  });
}

function found(name: string): string | undefined {
  const goPath = process.env['GOPATH'] ?? join(homedir(), 'go');
  return findProgram(name, [cache, ...goPath.split(':').map((folder) => join(folder, 'bin'))]);
}

async function build({ name, module, folder, version }: GoProgram): Promise<void> {
  const go = findProgram('go');
  if (go === undefined) throw new Error(`${name} is not available`);
  // Built aside and moved in one step: a killed build leaves no half program.
  const aside = mkdtempSync(join(cache, `${name}-`));
  try {
    // A module of its own that requires the other: `go install …@version` asks for a list of versions, which not every mirror has.
    writeFileSync(join(aside, 'go.mod'), `module scratch\n\ngo 1.24\n\nrequire ${module} ${version}\n`);
    const options = { cwd: aside, env: { ...process.env, ...quickly.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' }, timeout: goBuildMs };
    await promisify(execFile)(
      go,
      ['build', ...quickly.flags, '-o', join(aside, name), folder === '' ? module : `${module}/${folder}`],
      options,
    );
    renameSync(join(aside, name), join(cache, name));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
