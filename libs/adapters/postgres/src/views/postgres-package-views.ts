import type { BlobView, PackageFilter, PackageView, PackageViews } from '@muniment/application';
import { instantOf } from '@muniment/domain';
import type { Database } from '../database.js';
import { findPackages } from './find-packages.js';
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
    const { text, values } = findPackages(filter);
    const { rows: ids } = await this.database.pool.query<{ id: string }>(text, [...values]);
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
