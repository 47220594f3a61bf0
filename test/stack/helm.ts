import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './process.js';

/** The Go checksum database pins its bytes. */
const pinned = 'v4.3.1';
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/muniment/bin');
/** Longest that {@link findOrBuildHelm} may take: a build on a busy machine. */
export const helmBuildMs = 20 * 60_000;

/** What one call of Helm answered. */
export interface HelmAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Null when a Helm 4 can be had here; otherwise the reason to print when skipping. */
export function helmUnavailable(): string | null {
  if (findHelm() !== undefined || findProgram('go') !== undefined) return null;
  return 'Helm: no helm program in PATH, the Go bin folder or the cache, and no go to build it with';
}

/** Path of the program. Without one, builds it once (minutes) into node_modules/.cache. */
export async function findOrBuildHelm(): Promise<string> {
  return findHelm() ?? (await build());
}

/** Runs Helm with nothing of the user's: no plugins, no repositories, no cluster. Does not throw when Helm fails. */
export function helm(program: string, ...args: readonly string[]): Promise<HelmAnswer> {
  const nowhere = join(cache, 'no-helm-home');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HELM_CONFIG_HOME: nowhere,
    HELM_DATA_HOME: nowhere,
    HELM_CACHE_HOME: nowhere,
    KUBECONFIG: join(nowhere, 'none'),
  };
  return new Promise((answer, reject) => {
    execFile(program, args, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) answer({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') answer({ code: error.code, stdout, stderr });
      else reject(new Error(`${program} cannot be run`, { cause: error }));
    });
  });
}

function findHelm(): string | undefined {
  const goPath = process.env['GOPATH'] ?? join(homedir(), 'go');
  return findProgram('helm', [cache, ...goPath.split(':').map((folder) => join(folder, 'bin'))]);
}

async function build(): Promise<string> {
  const go = findProgram('go');
  if (go === undefined) throw new Error(helmUnavailable() ?? 'Helm is not available');
  mkdirSync(cache, { recursive: true });
  // Built aside and moved in one step: another test file may build at the same time, and a killed build leaves no half program.
  const aside = mkdtempSync(join(cache, 'helm-'));
  try {
    const env = { ...process.env, GOBIN: aside, CGO_ENABLED: '0' };
    await promisify(execFile)(go, ['install', `helm.sh/helm/v4/cmd/helm@${pinned}`], { env, timeout: helmBuildMs });
    renameSync(join(aside, 'helm'), join(cache, 'helm'));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return join(cache, 'helm');
}
