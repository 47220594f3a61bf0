/** What kind of thing a file is, as far as its name tells. One table for all name schemes (trap T4). */
export type ArtifactKind = 'wheelhouse' | 'wheel' | 'sdist' | 'npm-package' | 'npm-binary' | 'crate' | 'meta' | 'evidence';

/** What a file or CI artifact name says: its kind and, where the scheme carries them, Python version, build target and run id. */
export interface ArtifactName {
  readonly kind: ArtifactKind;
  readonly python?: string;
  readonly target?: string;
  readonly runId?: string;
}

interface Scheme {
  readonly pattern: RegExp;
  readonly read: (groups: Record<string, string>) => ArtifactName;
}

const archive = '(?:\\.tgz|\\.tar\\.gz)?';
const target = '(?<target>[A-Za-z0-9_]+(?:-[A-Za-z0-9_.]+)*?)';
const ofTarget = (kind: ArtifactKind) => (g: Record<string, string>) => ({
  kind,
  target: g['target'] as string,
  runId: g['runId'] as string,
});

/** First match wins; the older spellings stay readable for ever (ING-03, ING-06, ING-07). */
const schemes: readonly Scheme[] = [
  {
    pattern: new RegExp(`^wheelhouse-(?<python>\\d+\\.\\d+)(?:-run-(?<runId>[A-Za-z0-9_.-]+?))?${archive}$`),
    read: (g) => ({
      kind: 'wheelhouse',
      python: g['python'] as string,
      ...(g['runId'] === undefined ? {} : { runId: g['runId'] }),
    }),
  },
  { pattern: /^wheels-sdist-(?<runId>\d+)$/, read: (g) => ({ kind: 'sdist', runId: g['runId'] as string }) },
  { pattern: new RegExp(`^(?:wheels|python-package-distributions)-${target}-(?<runId>\\d+)${archive}$`), read: ofTarget('wheelhouse') },
  { pattern: new RegExp(`^npm-binary-${target}-(?<runId>\\d+)${archive}$`), read: ofTarget('npm-binary') },
  { pattern: /^wheelhouse.*\.(?:tgz|tar\.gz)$/, read: () => ({ kind: 'wheelhouse' }) },
  { pattern: /\.whl$/, read: () => ({ kind: 'wheel' }) },
  { pattern: /\.crate$/, read: () => ({ kind: 'crate' }) },
  // PyPA sdist: {name}-{version}.tar.gz; npm pack: {name}-{version}.tgz
  { pattern: /^[A-Za-z0-9][A-Za-z0-9._]*-\d[A-Za-z0-9.+!_]*\.tar\.gz$/, read: () => ({ kind: 'sdist' }) },
  { pattern: /^[a-z0-9][a-z0-9._-]*-\d+\.\d+\.\d+[A-Za-z0-9.+-]*\.tgz$/, read: () => ({ kind: 'npm-package' }) },
];

/** Reads a file name or CI artifact name (last path segment only). Anything unknown is `evidence`. */
export function parseArtifactName(path: string): ArtifactName {
  const base = path.slice(path.lastIndexOf('/') + 1);
  if (base.endsWith('.meta')) return { ...parseArtifactName(base.slice(0, -'.meta'.length)), kind: 'meta' };
  for (const { pattern, read } of schemes) {
    const match = pattern.exec(base);
    if (match) return read({ ...match.groups });
  }
  return { kind: 'evidence' };
}

/**
 * The name that a wheelhouse has once its run is archived, in the same folder: `wheelhouse-3.11-run-42.tgz` of `wheelhouse-3.11.tgz`, and so for its
 * `.meta` (ING-03). Null for everything else, also for what carries a run id already. {@link parseArtifactName} reads the run id back, except
 * that characters which names cannot hold have become dashes.
 */
export function archivedRunName(path: string, runId: string): string | null {
  const { python, runId: known } = parseArtifactName(path);
  const [, stem, ending] = /^(.*?)((?:\.tgz|\.tar\.gz)(?:\.meta)?)$/s.exec(path) ?? [];
  if (python === undefined || known !== undefined || stem === undefined || ending === undefined) return null;
  return `${stem}-run-${runId.replace(/[^A-Za-z0-9_.-]+/g, '-')}${ending}`;
}

/** The coarse platform of a Rust target triple (ING-11), `other` when it names none we know. */
export function platformOfTarget(targetTriple: string): 'linux' | 'musllinux' | 'windows' | 'macos' | 'other' {
  if (targetTriple.includes('musl')) return 'musllinux';
  if (targetTriple.includes('linux')) return 'linux';
  if (targetTriple.includes('windows')) return 'windows';
  if (targetTriple.includes('darwin') || targetTriple.includes('macos')) return 'macos';
  return 'other';
}
