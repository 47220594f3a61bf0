import type { PackageStates, RetainedPackage } from '@muniment/application';
import { counterpartPath, wayOf, type FileCounts, type FilePath, type FileState, type FileView, type PackageState } from '@muniment/domain';
import type { Database } from '../database.js';
import { loadRetained } from './load-retention.js';
import { LookUps } from './look-ups.js';
import { columnsOfPackage, fileState, packageState, type FileRow, type PackageRow } from './rows-of-packages.js';

/**
 * States as decisions load them. One statement each, so package, file, counterpart and counts are of one snapshot: no append can come between.
 */
const counts = `(select json_object_agg(phase, n) from (select f.phase, count(*)::int as n from files f where f.package_id = p.id group by f.phase) c)`;
const packageColumns = columnsOfPackage.map((column) => `p.${column}`).join(', ');
const packageRows = 'packages p join retention_state r on r.package_id = p.id';
const file = (path: string): string => `(select row_to_json(f) from files f where f.package_id = w.id and f.path = ${path})`;
/** The condition on `like` is that of the index. Byte by byte, as it is sorted, what begins with `name/` stands from `name/` up to `name0`. */
const inFolder = (name: string): string => `(select f.path from files f where f.package_id = w.id and f.path like '%/%'
  and f.path collate "C" >= ${name} || '/' and f.path collate "C" < ${name} || '0' and f.phase <> 'refused' limit 1)`;
const inTheWay = `coalesce(
  case when w.above is not null then (select f.path from files f where f.package_id = w.id and f.path = any (w.above) and f.phase <> 'refused' limit 1) end,
  ${inFolder('w.folder')}, case when w.record is not null then ${inFolder('w.record')} end)`;
/**
 * Per look-up one row, null where the package is absent. Sub-selects, and a join that `limit` keeps one: each is an index search, whatever the planner knows about
 * the tables. Columns and no `row_to_json` of the package, which took a quarter of the statement (measured by hand).
 *
 * The places come as JSON, of which the planner always expects the same number of rows. Of an array it expects ten while it does not know it, so a plan for this
 * one call seems cheaper each time, and the server would plan every look-up anew (measured: 0.27 ms, four times what it then takes to answer).
 */
const fileAt = `
select found.*, ${file('w.path')} as file, ${file('w.counterpart')} as counterpart, ${inTheWay} as in_the_way
from jsonb_to_recordset($1::jsonb) as w(id uuid, path text, counterpart text, above text[], folder text, record text, n int)
  left join lateral (select ${packageColumns}, r.revision, case when p.finalize_requested then ${counts} end as counts
    from ${packageRows} where p.id = w.id limit 1) found on true
order by w.n`;

interface FilePlace {
  readonly packageId: string;
  readonly path: string;
}

interface CountedPackage extends PackageRow {
  readonly revision: number;
  readonly counts: Partial<FileCounts> | null;
}

interface FoundAt extends CountedPackage {
  readonly file: FileRow | null;
  readonly counterpart: FileRow | null;
  readonly in_the_way: string | null;
}

export class PostgresPackageStates implements PackageStates {
  private readonly lookUps = new LookUps((places: readonly FilePlace[]) => this.filesAt(places));

  constructor(private readonly database: Database) {}

  async package(packageId: string): Promise<{ readonly package: PackageState; readonly counts: FileCounts } | null> {
    const { rows } = await this.database.pool.query<CountedPackage>({
      name: 'package_state',
      text: `select ${packageColumns}, r.revision, ${counts} as counts from ${packageRows} where p.id = $1`,
      values: [packageId],
    });
    const [row] = rows;
    return row ? { package: packageState(row, row.revision), counts: complete(row.counts) } : null;
  }

  fileAt(packageId: string, path: string): Promise<FileView | null> {
    // Every request asks this first; at eight clients the database answers several with one statement.
    return this.lookUps.find({ packageId, path });
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

  private async filesAt(places: readonly FilePlace[]): Promise<readonly (FileView | null)[]> {
    const { rows } = await this.database.pool.query<FoundAt | { readonly id: null }>({
      name: 'files_at',
      text: fileAt,
      values: [
        JSON.stringify(
          places.map(({ packageId, path }, n) => {
            const { files, folders } = wayOf(path as FilePath);
            const [folder, record] = folders;
            const above = files.length === 0 ? null : files;
            return { id: packageId, path, counterpart: counterpartPath(path as FilePath), above, folder, record, n };
          }),
        ),
      ],
    });
    return rows.map((row) => (row.id === null ? null : fileView(row)));
  }
}

function fileView(row: FoundAt): FileView {
  return {
    package: packageState(row, row.revision),
    counts: row.finalize_requested ? complete(row.counts) : null,
    file: row.file && fileState(row.file),
    counterpart: row.counterpart && fileState(row.counterpart),
    inTheWay: row.in_the_way,
  };
}

function complete(counted: Partial<FileCounts> | null): FileCounts {
  return { received: 0, ingested: 0, refused: 0, ...counted };
}
