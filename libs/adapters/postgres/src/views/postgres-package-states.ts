import type { PackageStates, RetainedPackage } from '@muniment/application';
import { counterpartPath, type FileCounts, type FilePath, type FileState, type FileView, type PackageState } from '@muniment/domain';
import type { Database } from '../database.js';
import { loadRetained } from './load-retention.js';
import { fileState, packageState, type FileRow, type PackageRow } from './rows-of-packages.js';

/**
 * States as decisions load them. One statement each, so package, file, counterpart and counts are of one snapshot: no append can come between.
 */
const counts = `(select json_object_agg(phase, n) from (select f.phase, count(*)::int as n from files f where f.package_id = p.id group by f.phase) c)`;
const packageRows = 'packages p join retention_state r on r.package_id = p.id';
const file = (condition: string): string => `(select row_to_json(f) from files f where f.package_id = p.id and ${condition})`;

interface Loaded {
  readonly package: PackageRow;
  readonly revision: number;
  readonly counts: Partial<FileCounts> | null;
  readonly file: FileRow | null;
  readonly counterpart: FileRow | null;
}

export class PostgresPackageStates implements PackageStates {
  constructor(private readonly database: Database) {}

  async package(packageId: string): Promise<{ readonly package: PackageState; readonly counts: FileCounts } | null> {
    const row = await this.load(
      'package_state',
      `select row_to_json(p) as package, r.revision, ${counts} as counts from ${packageRows} where p.id = $1`,
      [packageId],
    );
    return row && { package: packageState(row.package, row.revision), counts: complete(row.counts) };
  }

  async fileAt(packageId: string, path: string): Promise<FileView | null> {
    const row = await this.load(
      'file_at',
      `select row_to_json(p) as package, r.revision, case when p.finalize_requested then ${counts} end as counts, ${file('f.path = $2')} as file, ${file('f.path = $3')} as counterpart
       from ${packageRows} where p.id = $1`,
      [packageId, path, counterpartPath(path as FilePath)],
    );
    return row && fileView(row);
  }

  async fileById(packageId: string, fileId: string): Promise<FileView | null> {
    const { rows } = await this.database.pool.query<{ path: string }>({
      name: 'path_of_file',
      text: 'select path from files where file_id = $1 and package_id = $2',
      values: [fileId, packageId],
    });
    const path = rows[0]?.path;
    return path === undefined ? null : this.fileAt(packageId, path);
  }

  async retention(packageId: string): Promise<RetainedPackage | null> {
    return (await loadRetained(this.database, [packageId])).get(packageId) ?? null;
  }

  async files(packageId: string): Promise<readonly FileState[]> {
    const { rows } = await this.database.pool.query<FileRow>({
      name: 'files_of_package',
      text: 'select * from files where package_id = $1 order by path',
      values: [packageId],
    });
    return rows.map(fileState);
  }

  private async load(name: string, text: string, values: readonly string[]): Promise<Loaded | null> {
    const { rows } = await this.database.pool.query<Loaded>({ name, text, values: [...values] });
    return rows[0] ?? null;
  }
}

function fileView(row: Loaded): FileView {
  return {
    package: packageState(row.package, row.revision),
    counts: row.package.finalize_requested ? complete(row.counts) : null,
    file: row.file && fileState(row.file),
    counterpart: row.counterpart && fileState(row.counterpart),
  };
}

function complete(counted: Partial<FileCounts> | null): FileCounts {
  return { received: 0, ingested: 0, refused: 0, ...counted };
}
