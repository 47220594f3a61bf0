import type { BuildFacts } from './build-facts.js';
import { ofBuildkite } from './buildkite.js';
import { compilerCache } from './compiler-cache.js';
import { filled, type Environment } from './environment.js';
import { ofGitHub } from './github.js';
import { ofGitLab } from './gitlab.js';

/** What a CI system tells about the build it runs. Absent facts are absent, so that defaults can be layered. */
export interface CiRun {
  /** Who produced the files, as packages name it. */
  readonly producer: string;
  readonly repository?: string;
  readonly run?: { readonly id: string; readonly attempt?: number; readonly commit?: string; readonly ref?: string; readonly url?: string };
  readonly facts: BuildFacts;
}

export type CiContext = Omit<CiRun, 'facts'> & { readonly metadata: Readonly<Record<string, string>> };

/** Facts of the CI system that set this environment (GitHub Actions, GitLab CI, Buildkite); null outside of them. */
export function ciContext(env: Environment): CiContext | null {
  const found = ciRun(env);
  if (found === null) return null;
  const { facts, ...context } = found;
  return { ...context, metadata: present({ ...facts, compiler_cache: compilerCache(env) }) };
}

function ciRun(env: Environment): CiRun | null {
  const has = (...names: readonly string[]): boolean => names.some((name) => filled(env[name]));
  if (has('GITHUB_ACTIONS', 'GITHUB_RUN_ID')) return ofGitHub(env);
  if (has('GITLAB_CI', 'CI_PIPELINE_ID')) return ofGitLab(env);
  if (has('BUILDKITE', 'BUILDKITE_BUILD_ID')) return ofBuildkite(env);
  return null;
}

function present(facts: BuildFacts): Record<string, string> {
  const told: Readonly<Record<string, string | undefined>> = { ...facts };
  return Object.fromEntries(Object.entries(told).filter((entry): entry is [string, string] => filled(entry[1])));
}
