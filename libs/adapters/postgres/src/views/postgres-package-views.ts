import type { BlobView, PackageFilter, PackageView, PackageViews } from '@muniment/application';
import type { PackageState, RetentionState } from '@muniment/domain';
import type { Database } from '../database.js';
import type { Package, Prisma } from '../generated/client.js';
import { loadRetention } from './load-retention.js';
import { validation } from './rows-of-packages.js';

/** What readers see, through Prisma. */
export class PostgresPackageViews implements PackageViews {
  constructor(private readonly database: Database) {}

  async one(packageId: string): Promise<PackageView | null> {
    const { prisma } = this.database;
    const [row, retention] = await Promise.all([
      prisma.package.findUnique({ where: { id: packageId } }),
      loadRetention(this.database, [packageId]),
    ]);
    const state = retention.get(packageId);
    return row && state ? view(row, state) : null;
  }

  async list(filter: PackageFilter): Promise<readonly PackageView[]> {
    const { prisma } = this.database;
    const rows = await prisma.package.findMany({
      where: whereOf(filter),
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: filter.limit,
    });
    const byPackage = await loadRetention(
      this.database,
      rows.map(({ id }) => id),
    );
    return rows.flatMap((row) => {
      const retention = byPackage.get(row.id);
      return retention ? [view(row, retention)] : [];
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
    const { prisma } = this.database;
    const [blob, references] = await Promise.all([
      prisma.blob.findUnique({ where: { sha256 } }),
      prisma.blobReference.findMany({ where: { sha256 }, select: { repository: true }, distinct: ['repository'] }),
    ]);
    return blob && { sha256, blake3: blob.blake3, size: Number(blob.size), repositories: references.map((r) => r.repository) };
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

function view(row: Package, retention: RetentionState): PackageView {
  return {
    state: {
      description: row.description as unknown as PackageState['description'],
      revision: row.revision,
      phase: row.phase as PackageState['phase'],
      finalizeRequested: row.finalizeRequested,
      finalizationDue: row.finalizationDue,
      manifestDigest: row.manifestDigest,
      wheelhouse: row.wheelhouse,
      validation: validation(row.validation, row.validatedAt),
    },
    retention,
  };
}
