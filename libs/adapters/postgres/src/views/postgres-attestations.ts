import type { Attestations, EvidenceRecord } from '@muniment/application';
import {
  signatureKey,
  type AttestationFailureCode,
  type AttestationStanding,
  type AttestationState,
  type DueStatement,
  type SignedPart,
  type StatementKind,
} from '@muniment/domain';
import type { Database } from '../database.js';
import { instant } from './rows-of-packages.js';

interface DueRow {
  readonly statement: string;
  readonly about_revision: number;
  readonly failure_code: string | null;
  readonly failed_at: string | Date | null;
}

interface EvidenceRow {
  readonly name: string;
  readonly kind: EvidenceRecord['kind'];
  readonly media_type: string;
  readonly sha256: string;
  readonly blake3: string;
  readonly size: string;
  readonly made_at: Date;
  readonly attestation_id: string | null;
  readonly statement: string | null;
  readonly part: number | null;
  readonly parts: number | null;
  readonly predicate_type: string | null;
  readonly about_revision: number | null;
  readonly key_id: string | null;
  readonly path: string | null;
  readonly file_sha256: string | null;
  readonly subjects: EvidenceRecord['subjects'];
  readonly relayed_check: EvidenceRecord['relayedCheck'];
}

interface StateRow {
  readonly repository: string;
  readonly revision: number;
  readonly due: readonly DueRow[] | null;
  readonly evidence:
    | readonly { readonly name: string; readonly kind: string; readonly path: string | null; readonly key_id: string | null }[]
    | null;
}

interface SignedRow {
  readonly statement: string;
  readonly about_revision: number;
  readonly part: number;
  readonly parts: number;
  readonly made_at: string;
  readonly compromised_at: string | null;
}

interface StandingRow {
  readonly repository: string;
  readonly version: string | null;
  readonly finalized: boolean;
  readonly due: readonly DueRow[] | null;
  readonly signed: readonly SignedRow[] | null;
}

const dueOf = (packageId: string): string =>
  `(select json_agg(d order by d.about_revision, d.statement) from attestation_due d where d.package_id = ${packageId})`;

/** What is signed about packages, and what is owed. */
export class PostgresAttestations implements Attestations {
  constructor(private readonly database: Database) {}

  async state(packageId: string): Promise<AttestationState | null> {
    const { rows } = await this.database.pool.query<StateRow>({
      name: 'attestation_state',
      text: `select p.repository, r.revision, ${dueOf('p.id')} as due,
               (select json_agg(json_build_object('name', e.name, 'kind', e.kind, 'path', e.path, 'key_id', e.key_id)) from evidence e where e.package_id = p.id) as evidence
             from packages p join retention_state r on r.package_id = p.id where p.id = $1`,
      values: [packageId],
    });
    const row = rows[0];
    if (row === undefined) return null;
    const evidence = row.evidence ?? [];
    return {
      packageId,
      repository: row.repository,
      revision: row.revision,
      due: (row.due ?? []).map(dueStatement),
      signatures: new Set(
        evidence.flatMap(({ kind, path, key_id }) => (kind === 'signature' && path && key_id ? [signatureKey(path, key_id)] : [])),
      ),
      evidence: new Set(evidence.map(({ name }) => name)),
    };
  }

  async standing(packageId: string): Promise<AttestationStanding | null> {
    const { rows } = await this.database.pool.query<StandingRow>({
      name: 'attestation_standing',
      // Keys that an authority certified are not among those that were announced.
      text: `select p.repository, p.description ->> 'version' as version, p.manifest_digest is not null as finalized, ${dueOf('p.id')} as due,
               (select json_agg(s order by s.about_revision, s.statement, s.part)
                from (select e.statement, e.about_revision, e.part, e.parts, e.made_at, k.compromised_at
                      from evidence e left join signing_keys k on k.key_id = e.key_id
                      where e.package_id = p.id and e.kind = 'attestation') s) as signed
             from packages p where p.id = $1`,
      values: [packageId],
    });
    const row = rows[0];
    if (row === undefined) return null;
    const { repository, version, finalized } = row;
    return {
      packageId,
      repository,
      version,
      finalized,
      due: (row.due ?? []).map(dueStatement),
      signed: (row.signed ?? []).map(signedPart),
    };
  }

  async evidence(packageId: string): Promise<readonly EvidenceRecord[]> {
    const { rows } = await this.database.pool.query<EvidenceRow>({
      name: 'evidence_of_package',
      text: 'select * from evidence where package_id = $1 order by name collate "C"',
      values: [packageId],
    });
    return rows.map(record);
  }

  async one(packageId: string, name: string): Promise<EvidenceRecord | null> {
    const { rows } = await this.database.pool.query<EvidenceRow>({
      name: 'one_evidence',
      text: 'select * from evidence where package_id = $1 and name = $2',
      values: [packageId, name],
    });
    return rows[0] === undefined ? null : record(rows[0]);
  }

  async backlog(): Promise<{ readonly due: number; readonly failed: number }> {
    const { rows } = await this.database.pool.query<{ due: number; failed: number }>(
      'select count(*)::int as due, count(failed_at)::int as failed from attestation_due',
    );
    return rows[0] ?? { due: 0, failed: 0 };
  }
}

function dueStatement(row: DueRow): DueStatement {
  const { failure_code: code, failed_at: at } = row;
  return {
    statement: row.statement as StatementKind,
    aboutRevision: row.about_revision,
    failure: code === null || at === null ? null : { code: code as AttestationFailureCode, at: instant(at) },
  };
}

function signedPart({ statement, about_revision, part, parts, made_at, compromised_at }: SignedRow): SignedPart {
  return {
    statement: statement as StatementKind,
    aboutRevision: about_revision,
    part,
    parts,
    signedAt: instant(made_at),
    keyCompromisedAt: compromised_at === null ? null : instant(compromised_at),
  };
}

function record(row: EvidenceRow): EvidenceRecord {
  return {
    name: row.name,
    kind: row.kind,
    mediaType: row.media_type,
    sha256: row.sha256 as EvidenceRecord['sha256'],
    blake3: row.blake3 as EvidenceRecord['blake3'],
    size: Number(row.size),
    madeAt: instant(row.made_at),
    attestationId: row.attestation_id,
    statement: row.statement as StatementKind | null,
    part: row.part,
    parts: row.parts,
    predicateType: row.predicate_type,
    aboutRevision: row.about_revision,
    keyId: row.key_id,
    path: row.path,
    fileSha256: row.file_sha256 as EvidenceRecord['fileSha256'],
    subjects: row.subjects,
    relayedCheck: row.relayed_check,
  };
}
