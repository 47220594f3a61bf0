import type { SignedQuery } from '@muniment/application';
import type { SignedPackage, StatementKind } from '@muniment/domain';
import type { Database } from '../database.js';

interface SignedRow {
  readonly id: string;
  readonly repository: string;
  readonly name: string;
  readonly revision: number;
  readonly attestations:
    | readonly {
        readonly attestation_id: string;
        readonly statement: StatementKind;
        readonly about_revision: number;
        readonly key_id: string;
      }[]
    | null;
  readonly signatures: SignedPackage['signatures'] | null;
  readonly due: readonly { readonly statement: StatementKind; readonly about_revision: number }[] | null;
  readonly files_due: readonly string[] | null;
}

/**
 * One page of the packages that a key signed for, with everybody who signed for them: one statement, so that each package is of one snapshot with its
 * revision. The primary key of evidence begins with the package, so that a page goes on where the last one ended.
 */
const page = `
select p.id, p.repository, p.description ->> 'name' as name, r.revision,
  (select json_agg(a) from (select distinct e.attestation_id, e.statement, e.about_revision, e.key_id from evidence e
    where e.package_id = p.id and e.kind = 'attestation' order by e.about_revision, e.statement) a) as attestations,
  (select json_agg(s order by s.path) from (select e.path, e.key_id as "keyId" from evidence e
    join files f on f.package_id = e.package_id and f.path = e.path and f.phase = 'ingested'
    where e.package_id = p.id and e.kind = 'signature') s) as signatures,
  (select json_agg(d) from attestation_due d where d.package_id = p.id) as due,
  (select json_agg(d.path) from signature_due d where d.package_id = p.id) as files_due
from (select distinct e.package_id from evidence e join packages o on o.id = e.package_id
  where e.key_id = $1 and e.package_id > $2::uuid and ($3::text is null or o.repository = $3) order by e.package_id limit $4::int) w
join packages p on p.id = w.package_id join retention_state r on r.package_id = p.id order by p.id`;
const beforeAll = '00000000-0000-0000-0000-000000000000';

export async function signedByKey(
  database: Database,
  keyId: string,
  { repository, after, limit }: SignedQuery,
): Promise<readonly SignedPackage[]> {
  const { rows } = await database.pool.query<SignedRow>(page, [keyId, after ?? beforeAll, repository, limit]);
  return rows.map((row) => ({
    packageId: row.id,
    ...{ repository: row.repository, name: row.name, revision: row.revision },
    attestations: (row.attestations ?? []).map(({ attestation_id, statement, about_revision, key_id }) => ({
      ...{ attestationId: attestation_id, statement, aboutRevision: about_revision, keyId: key_id },
    })),
    signatures: row.signatures ?? [],
    due: (row.due ?? []).map(({ statement, about_revision }) => ({ statement, aboutRevision: about_revision })),
    filesDue: row.files_due ?? [],
  }));
}
