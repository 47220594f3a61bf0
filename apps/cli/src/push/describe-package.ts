import { basename } from 'node:path';
import type { CreatePackageBody } from '@muniment/contracts';
import { isMetaPath, parseArtifactName, targetFacts, type ArtifactName } from '@muniment/domain';
import type { CiContext } from '../ci/ci-context.js';
import type { Collected } from './collect-files.js';

/** What the user said; everything else comes from the surroundings and the names. */
export interface PushOptions {
  readonly repository?: string;
  readonly name?: string;
  readonly runId?: string;
  readonly retentionClass?: string;
  readonly kind?: string;
  readonly version?: string;
  readonly producer?: string;
  readonly subject?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Facts of the working directory, used where CI tells nothing. */
export interface LocalContext {
  readonly repository: string;
  readonly commit: string | null;
}

export const defaultRetentionClass = 'raw-evidence';

/** The package to open: flags first, then CI, then what the names say, then the working directory. */
export function describePackage(
  options: PushOptions,
  ci: CiContext | null,
  local: LocalContext,
  target: { readonly absolute: string; readonly collected: Collected },
): CreatePackageBody {
  const subject = mainArtifact(target.absolute, target.collected);
  const named = parseArtifactName(subject);
  const kind = options.kind ?? named.kind;
  const runId = options.runId ?? ci?.run?.id ?? stagedRunId(target.absolute, target.collected) ?? named.runId;
  const run = runId === undefined ? undefined : runOf(runId, ci, local);
  const metadata = { ...(ci?.metadata ?? {}), ...nameFacts(named), ...(options.metadata ?? {}) };
  return {
    repository: options.repository ?? ci?.repository ?? local.repository,
    name: options.name ?? packageNameOf(subject),
    kind,
    ...(options.version === undefined ? {} : { version: options.version }),
    producer: options.producer ?? ci?.producer ?? 'local',
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    retention_class: options.retentionClass ?? defaultRetentionClass,
    ...(run === undefined ? {} : { run }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** Attempt, address and ref belong to the CI run; another run id than CI's own gets none of them. */
function runOf(id: string, ci: CiContext | null, local: LocalContext): NonNullable<CreatePackageBody['run']> {
  if (ci?.run?.id === id) return { ...ci.run };
  const commit = ci?.run?.commit ?? local.commit;
  return { id, ...(commit === null ? {} : { commit }) };
}

/** The name that stands for the whole: the file, the only wheelhouse of a directory, or the directory. */
export function mainArtifact(absolute: string, { directory, files }: Collected): string {
  const own = basename(absolute);
  if (!directory || parseArtifactName(own).kind !== 'evidence') return own;
  const wheelhouses = files.filter((f) => parseArtifactName(f.path).kind === 'wheelhouse');
  return wheelhouses.length === 1 && wheelhouses[0] !== undefined ? basename(wheelhouses[0].path) : own;
}

/** Name without archive ending and run id: `wheelhouse-3.11-run-42.tgz` and `wheelhouse-3.11.tgz` are both `wheelhouse-3.11`. */
export function packageNameOf(artifact: string): string {
  const plain = isMetaPath(artifact) ? artifact.slice(0, -'.meta'.length) : artifact;
  const { runId } = parseArtifactName(plain);
  const name = plain.replace(/\.(?:tgz|tar\.gz|tar|zip|whl|crate)$/, '');
  if (runId === undefined) return name;
  const bare = name.endsWith(`-run-${runId}`) ? name.slice(0, -`-run-${runId}`.length) : name.slice(0, -`-${runId}`.length);
  return bare;
}

/** Run id of the staged layout `docs/ci-archive/<YYYYMMDD>-<run_id>/`, whether it is the directory pushed or lies inside it (ING-05). */
export function stagedRunId(absolute: string, { directory, files }: Collected): string | undefined {
  if (!directory) return undefined;
  const own = /^\d{8}-([A-Za-z0-9_.-]+)$/.exec(basename(absolute))?.[1];
  if (own !== undefined) return own;
  const inside = new Set(
    files.map((f) => /^(?:.*\/)?docs\/ci-archive\/\d{8}-([A-Za-z0-9_.-]+)\//.exec(f.path)?.[1]).filter((id) => id !== undefined),
  );
  return inside.size === 1 ? [...inside][0] : undefined;
}

function nameFacts({ python, target }: ArtifactName): Record<string, string> {
  return {
    ...(python === undefined ? {} : { python }),
    ...(target === undefined ? {} : targetFacts(target)),
  };
}
