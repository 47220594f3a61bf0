import type { CollectionView, ReleasedFile } from '@muniment/application';
import type { Blake3, PlannedPackage, Sha256 } from '@muniment/domain';
import { instant } from '../views/rows-of-packages.js';

/** Rows as plain SQL returns them; `bigint` columns come as text. */
export interface PlannedRow {
  readonly package_id: string;
  readonly revision: number;
  readonly repository: string;
  readonly name: string;
  readonly files: number;
  readonly bytes: string;
}

export function plannedPackage({ package_id, revision, repository, name, files, bytes }: PlannedRow): PlannedPackage {
  return { package_id, revision, repository, name, files, bytes: Number(bytes) };
}

export interface ReleasedRow {
  readonly package_id: string;
  readonly revision: number;
  readonly collection_id: string;
  readonly path: string;
  readonly sha256: string;
  readonly blake3: string | null;
  readonly size: string;
  readonly verified: boolean;
}

export function releasedFile(row: ReleasedRow): ReleasedFile {
  return {
    packageId: row.package_id,
    revision: row.revision,
    collectionId: row.collection_id,
    path: row.path,
    sha256: row.sha256 as Sha256,
    blake3: row.blake3 as Blake3 | null,
    size: Number(row.size),
    verified: row.verified,
  };
}

export interface CollectionRow {
  readonly id: string;
  readonly revision: number;
  readonly plan_digest: string;
  readonly as_of: Date;
  readonly started_at: Date;
  readonly started_by: string;
  readonly reason: string | null;
  readonly planned_trash: number;
  readonly planned_purge: number;
  readonly completed_at: Date | null;
  readonly result: Readonly<Record<string, number>> | null;
}

export function collectionView(row: CollectionRow): CollectionView {
  return {
    id: row.id,
    revision: row.revision,
    planDigest: row.plan_digest,
    asOf: instant(row.as_of),
    startedAt: instant(row.started_at),
    startedBy: row.started_by,
    reason: row.reason,
    plannedTrash: row.planned_trash,
    plannedPurge: row.planned_purge,
    completedAt: row.completed_at === null ? null : instant(row.completed_at),
    result: row.result,
  };
}
