import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrBuild, goBuildMs, goProgramUnavailable, helm as helmProgram } from './go-program.js';

/** Longest that {@link findOrBuildHelm} may take: a build on a busy machine. */
export const helmBuildMs = goBuildMs;

/** What one call of Helm answered. */
export interface HelmAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Null when a Helm 4 can be had here; otherwise the reason to print when skipping. */
export function helmUnavailable(): string | null {
  return goProgramUnavailable(helmProgram);
}

/** Path of the program. Without one, builds it once (minutes) into node_modules/.cache. */
export function findOrBuildHelm(): Promise<string> {
  return findOrBuild(helmProgram);
}

/** Runs Helm with nothing of the user's: no plugins, no repositories, no cluster. Does not throw when Helm fails. */
export function helm(program: string, ...args: readonly string[]): Promise<HelmAnswer> {
  const nowhere = join(tmpdir(), 'muniment-no-helm-home');
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
