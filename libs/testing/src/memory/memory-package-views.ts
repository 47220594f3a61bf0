import type { BlobHolder, BlobView, PackageFilter, PackageView, PackageViews } from '@muniment/application';
import { isMetaPath, type Instant } from '@muniment/domain';
import type { FoldedPackage } from './fold-package.js';
import { coversRepository, type MemoryLog } from './memory-log.js';

export class MemoryPackageViews implements PackageViews {
  constructor(private readonly log: MemoryLog) {}

  async one(packageId: string): Promise<PackageView | null> {
    await Promise.resolve();
    return viewOf(this.log.packages.get(packageId));
  }

  async list(filter: PackageFilter): Promise<readonly PackageView[]> {
    await Promise.resolve();
    const all = [...this.log.packages.values()].flatMap((folded) => viewOf(folded) ?? []);
    return all
      .filter((view) => matches(view, filter))
      .sort(newestFirst)
      .slice(0, filter.limit);
  }

  async manifest(packageId: string): Promise<Uint8Array | null> {
    if ((this.log.packages.get(packageId)?.state.manifestDigest ?? null) === null) return null;
    await this.log.pass();
    const [event] = await this.log.read({ after: 0n, limit: 1, types: ['v1.package.finalized'], subjectId: packageId });
    return event?.payload ?? null;
  }

  async blob(sha256: string): Promise<BlobView | null> {
    await Promise.resolve();
    const references = referencesTo(this.log, sha256);
    const [first] = references;
    if (!first) return null;
    return { sha256, blake3: first.blake3, size: first.size, holders: holdersOf(references) };
  }

  async repositoryHolds(repository: string, sha256: string, size: number): Promise<{ readonly blake3: string } | null> {
    await Promise.resolve();
    const held = referencesTo(this.log, sha256).find((r) => r.repository === repository && r.size === size);
    return held ? { blake3: held.blake3 } : null;
  }
}

function holdersOf(references: readonly BlobReference[]): readonly BlobHolder[] {
  return [...Map.groupBy(references, ({ repository }) => repository)].map(([repository, own]) => {
    const ends = own.map(({ trashedUntil }) => trashedUntil);
    const served = ends.includes(null);
    return { repository, trashedUntil: served ? null : (ends.toSorted().at(-1) ?? null) };
  });
}

interface BlobReference {
  readonly repository: string;
  /** Null while the file is served. */
  readonly trashedUntil: Instant | null;
  readonly blake3: string;
  readonly size: number;
}

/** Every ingested file that stands on that blob. */
export function referencesTo(log: MemoryLog, sha256: string): readonly BlobReference[] {
  return [...log.packages.values()].flatMap(({ state, retention, files }) =>
    [...files.values()].flatMap(({ path, phase, sha256: held, blake3, size }) => {
      if (phase !== 'ingested' || held !== sha256 || blake3 === null) return [];
      const trashedUntil = isMetaPath(path) ? null : (retention?.trash?.purgeAfter ?? null);
      return [{ repository: state.description.repository, blake3, size, trashedUntil }];
    }),
  );
}

function viewOf(folded: FoldedPackage | undefined): PackageView | null {
  return folded?.retention ? { state: folded.state, retention: folded.retention } : null;
}

function newestFirst(a: PackageView, b: PackageView): number {
  const key = ({ state: { description } }: PackageView): string => `${description.created_at} ${description.package_id}`;
  return key(a) < key(b) ? 1 : -1;
}

function matches({ state, retention }: PackageView, filter: PackageFilter): boolean {
  const { description: d, phase } = state;
  const wanted: readonly (readonly [string | undefined, string | null | undefined])[] = [
    [filter.repository, d.repository],
    [filter.name, d.name],
    [filter.producer, d.producer],
    [filter.subject, d.subject],
    [filter.run, d.run?.id],
    [filter.retentionClass, retention.retentionClass],
    [filter.phase, phase],
    [filter.validation, state.validation?.result],
    ...Object.entries(filter.metadata ?? {}).map(([key, value]) => [value, d.metadata[key]] as const),
  ];
  const { before, repositories } = filter;
  const earlier = !before || `${d.created_at} ${d.package_id}` < `${before.createdAt} ${before.id}`;
  const visible = repositories.some((pattern) => coversRepository(pattern, d.repository));
  return earlier && visible && wanted.every(([asked, is]) => asked === undefined || asked === is);
}
