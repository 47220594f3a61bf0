/**
 * The closed catalogue of refusals. A refusal is the archive's final "no": retrying the same request cannot help.
 * Codes are stable and part of the public contract; edges (HTTP, jobs, command line) map the *kind*, never the message.
 */
const catalogue = {
  // who is asking
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  // shape of the request
  request_malformed: 'invalid',
  json_duplicate_key: 'invalid',
  json_not_integer: 'invalid',
  unknown_retention_class: 'invalid',
  path_invalid: 'invalid',
  digest_malformed: 'invalid',
  reason_required: 'invalid',
  upload_metadata_invalid: 'invalid',
  checksum_algorithm_unsupported: 'invalid',
  body_too_large: 'too_large',
  body_incomplete: 'invalid',
  range_not_satisfiable: 'unsatisfiable',
  not_acceptable: 'not_acceptable',
  method_not_allowed: 'method_not_allowed',
  // things that are not there
  route_not_found: 'not_found',
  package_not_found: 'not_found',
  file_not_found: 'not_found',
  member_not_found: 'not_found',
  blob_not_found: 'not_found',
  manifest_not_found: 'not_found',
  upload_not_found: 'not_found',
  token_not_found: 'not_found',
  hold_not_found: 'not_found',
  collection_not_found: 'not_found',
  attestation_not_found: 'not_found',
  key_not_found: 'not_found',
  log_checkpoint_not_found: 'not_found',
  log_entry_not_found: 'not_found',
  log_tile_not_found: 'not_found',
  // conflicts with what is already recorded
  path_conflict: 'conflict',
  package_not_open: 'conflict',
  package_empty: 'conflict',
  package_has_refused_files: 'conflict',
  file_not_ready: 'conflict',
  package_not_finalized: 'conflict',
  package_collected: 'conflict',
  package_not_in_trash: 'conflict',
  retention_permanent: 'conflict',
  extension_not_later: 'conflict',
  hold_already_released: 'conflict',
  collection_disabled: 'conflict',
  collection_plan_outdated: 'conflict',
  collection_brake: 'conflict',
  key_in_use: 'conflict',
  key_signs_no_packages: 'conflict',
  upload_offset_mismatch: 'conflict',
  upload_not_open: 'conflict',
  upload_expired: 'gone',
  upload_given_up: 'gone',
  file_collected: 'gone',
  package_in_trash: 'gone',
  upload_checksum_mismatch: 'checksum',
  idempotency_key_reused: 'unprocessable',
  idempotency_in_progress: 'conflict',
  direct_upload_unsupported: 'conflict',
  attestation_missing: 'conflict',
  // bytes that are not what they claim to be
  digest_mismatch: 'unprocessable',
  size_mismatch: 'unprocessable',
  stored_bytes_differ: 'unprocessable',
  stored_bytes_missing: 'unprocessable',
  meta_malformed: 'unprocessable',
  meta_disagrees: 'unprocessable',
  wheelhouse_without_wheels: 'unprocessable',
  wheelhouse_incomplete: 'unprocessable',
  wheel_malformed: 'unprocessable',
  archive_corrupt: 'unprocessable',
  archive_too_large: 'unprocessable',
  archive_ratio_exceeded: 'unprocessable',
  archive_too_many_members: 'unprocessable',
  archive_member_too_large: 'unprocessable',
  archive_name_too_long: 'unprocessable',
  archive_name_invalid: 'unprocessable',
  archive_path_unsafe: 'unprocessable',
  archive_link_refused: 'unprocessable',
  archive_special_member: 'unprocessable',
  archive_duplicate_member: 'unprocessable',
  archive_overlap: 'unprocessable',
  manifest_not_canonical: 'unprocessable',
  attestation_malformed: 'unprocessable',
  attestation_subject_unknown: 'unprocessable',
  attestation_untrusted: 'unprocessable',
  attestation_signer_refused: 'unprocessable',
} as const;

export type RefusalCode = keyof typeof catalogue;
export type RefusalKind = (typeof catalogue)[RefusalCode];

/** Every code of the catalogue, for documentation and tests. */
export const refusalCodes = Object.keys(catalogue) as readonly RefusalCode[];

/** The kind a code belongs to; edges translate kinds, so a new code needs no change there. */
export function refusalKind(code: RefusalCode): RefusalKind {
  return catalogue[code];
}

/** A final "no" with a stable code, a sentence for people that says what to do next, and machine-readable facts. Holds no secrets. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>> = {},
  ) {
    super(message);
  }
  get kind(): RefusalKind {
    return refusalKind(this.code);
  }
}

/** Overload: try the same thing again after `retryAfterSeconds`. Not a refusal, not a failure. */
export class PushBack extends Error {
  override readonly name = 'PushBack';
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }
}
