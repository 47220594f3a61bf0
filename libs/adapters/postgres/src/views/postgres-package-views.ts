import type { BlobView, PackageFilter, PackageView, PackageViews } from '@muniment/application';
import { instantOf } from '@muniment/domain';
import type { Database } from '../database.js';
import type { Prisma } from '../generated/client.js';
import { loadRetained } from './load-retention.js';

/** What readers see, through Prisma. */
export class PostgresPackageViews implements PackageViews {
  constructor(private readonly database: Database) {}

  async one(packageId: string): Promise<PackageView | null> {
    const found = (await loadRetained(this.database, [packageId])).get(packageId);
    return found ? { state: found.package, retention: found.retention } : null;
  }

  /** First which, then what: each package is shown as one snapshot has it, though it may have changed since it was found. */
  async list(filter: PackageFilter): Promise<readonly PackageView[]> {
    const ids = await this.database.prisma.package.findMany({
      where: whereOf(filter),
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: filter.limit,
      select: { id: true },
    });
    const retained = await loadRetained(
      this.database,
      ids.map(({ id }) => id),
    );
    return ids.flatMap(({ id }) => {
      const found = retained.get(id);
      return found ? [{ state: found.package, retention: found.retention }] : [];
    });
  }

  async manifest(packageId: string): Promise<Uint8Array | null> {
    const row = await this.database.prisma.event.findFirst({
      where: { subjectId: packageId, type: 'v1.package.finalized' },
      select: { payload: true },
    });
    return row?.payload ?? null;
  }

  async blob(sha256: string): Promise<BlobView | null> {
    const blob = await this.database.prisma.blob.findUnique({ where: { sha256 } });
    if (!blob) return null;
    const { rows } = await this.database.pool.query<{ repository: string; trashed_until: Date | null }>({
      name: 'blob_holders',
      // Records of provenance are served from the trash, too.
      text: `select b.repository,
               case when bool_or(r.trashed_at is null or b.path like '%_.meta') then null else max(r.purge_after) end as trashed_until
             from blob_references b join retention_state r using (package_id) where b.sha256 = $1 group by b.repository`,
      values: [sha256],
    });
    const holders = rows.map(({ repository, trashed_until: until }) => ({ repository, trashedUntil: until && instantOf(until) }));
    return { sha256, blake3: blob.blake3, size: Number(blob.size), holders };
  }

  async repositoryHolds(repository: string, sha256: string, size: number): Promise<{ readonly blake3: string } | null> {
    const { prisma } = this.database;
    const reference = await prisma.blobReference.findFirst({ where: { sha256, repository }, select: { sha256: true } });
    if (!reference) return null;
    const blob = await prisma.blob.findUnique({ where: { sha256 } });
    return blob && Number(blob.size) === size ? { blake3: blob.blake3 } : null;
  }
}

function whereOf(filter: PackageFilter): Prisma.PackageWhereInput {
  const { repository, name, producer, subject, run, retentionClass, phase, validation: validated, metadata, repositories, before } = filter;
  const and: Prisma.PackageWhereInput[] = Object.entries(metadata ?? {}).map(([key, value]) => ({
    metadata: { path: [key], equals: value },
  }));
  if (!repositories.includes('*')) {
    and.push({
      OR: repositories.map((pattern) => ({
        repository: pattern.endsWith('/*') ? { startsWith: literally(pattern.slice(0, -1)) } : { equals: pattern },
      })),
    });
  }
  if (before) {
    // The first condition repeats what the second says: with it the page begins in the index where the last one ended, however deep that is.
    and.push({ createdAt: { lte: before.createdAt } });
    and.push({ OR: [{ createdAt: { lt: before.createdAt } }, { createdAt: before.createdAt, id: { lt: before.id } }] });
  }
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(name === undefined ? {} : { name }),
    ...(producer === undefined ? {} : { producer }),
    ...(subject === undefined ? {} : { subject }),
    ...(run === undefined ? {} : { runId: run }),
    ...(retentionClass === undefined ? {} : { retentionClass }),
    ...(phase === undefined ? {} : { phase }),
    ...(validated === undefined ? {} : { validation: validated }),
    AND: and,
  };
}

/** Prisma makes LIKE of `startsWith` and leaves its wildcards alive: the scope `my_org/*` would reach into `my-org`. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
