import type { FileState, Instant, PackageState, ValidationResult } from '@muniment/domain';

/** Rows of the view tables as plain SQL returns them, and the states they stand for. One place knows both spellings. */
export interface PackageRow {
  readonly id: string;
  readonly phase: PackageState['phase'];
  readonly description: PackageState['description'];
  readonly finalize_requested: boolean;
  readonly finalization_due: boolean;
  readonly manifest_digest: string | null;
  readonly wheelhouse: boolean;
  readonly validation: string | null;
  readonly validated_at: string | Date | null;
}

export const columnsOfPackage = [
  'id',
  'phase',
  'description',
  'finalize_requested',
  'finalization_due',
  'manifest_digest',
  'wheelhouse',
  'validation',
  'validated_at',
] as const satisfies readonly (keyof PackageRow)[];

export interface FileRow {
  readonly file_id: string;
  readonly path: string;
  readonly phase: FileState['phase'];
  readonly size: string | number;
  readonly sha256: string;
  readonly blake3: string | null;
  readonly media_type: string;
  readonly staging_key: string | null;
  readonly origin: FileState['origin'];
  readonly declares: FileState['declares'];
  readonly format: string;
  readonly member_count: number;
  readonly members: FileState['members'];
  readonly wheel: FileState['wheel'];
  readonly refusal_code: string | null;
  readonly refusal_detail: string | null;
  readonly backend: string | null;
  readonly verified_at: string | Date | null;
}

/** The revision stands in the narrow row (`retention_state`). */
export function packageState(row: PackageRow, revision: number): PackageState {
  return {
    description: row.description,
    revision,
    phase: row.phase,
    finalizeRequested: row.finalize_requested,
    finalizationDue: row.finalization_due,
    manifestDigest: row.manifest_digest,
    wheelhouse: row.wheelhouse,
    validation: validation(row.validation, row.validated_at),
  };
}

export function validation(result: string | null, at: string | Date | null): PackageState['validation'] {
  return result === null || at === null ? null : { result: result as ValidationResult, at: instant(at) };
}

export function fileState(row: FileRow): FileState {
  return {
    fileId: row.file_id,
    path: row.path,
    phase: row.phase,
    size: Number(row.size),
    sha256: row.sha256 as FileState['sha256'],
    blake3: row.blake3 as FileState['blake3'],
    mediaType: row.media_type,
    stagingKey: row.staging_key,
    origin: row.origin,
    declares: row.declares,
    format: row.format,
    memberCount: row.member_count,
    members: row.members,
    wheel: row.wheel,
    refusal:
      row.refusal_code === null
        ? null
        : ({ code: row.refusal_code, detail: row.refusal_detail ?? '' } as NonNullable<FileState['refusal']>),
    backend: row.backend,
    verifiedAt: row.verified_at === null ? null : instant(row.verified_at),
  };
}

/** Instants come as dates from columns and as text from rows that travelled through JSON. */
export function instant(value: string | Date): Instant {
  return new Date(value).toISOString() as Instant;
}
