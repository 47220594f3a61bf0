import { describe, expect, it } from '@jest/globals';
import { PushBack, Refusal, refusalCodes, refusalKind, type RefusalKind } from './errors.js';

/**
 * Codes are a promise to every client, and stand in stored events. This list only grows; a code that disappears or changes its kind breaks
 * somebody's script.
 */
const promised: Readonly<Record<RefusalKind, readonly string[]>> = {
  unauthenticated: ['unauthenticated'],
  forbidden: ['forbidden'],
  invalid: [
    'request_malformed',
    'json_duplicate_key',
    'json_not_integer',
    'unknown_retention_class',
    'path_invalid',
    'digest_malformed',
    'reason_required',
    'upload_metadata_invalid',
    'checksum_algorithm_unsupported',
    'body_incomplete',
  ],
  too_large: ['body_too_large'],
  unsatisfiable: ['range_not_satisfiable'],
  not_acceptable: ['not_acceptable'],
  method_not_allowed: ['method_not_allowed'],
  not_found: [
    'route_not_found',
    'package_not_found',
    'file_not_found',
    'member_not_found',
    'blob_not_found',
    'manifest_not_found',
    'upload_not_found',
    'token_not_found',
    'hold_not_found',
    'collection_not_found',
    'attestation_not_found',
    'key_not_found',
    'log_checkpoint_not_found',
    'log_entry_not_found',
    'log_tile_not_found',
  ],
  conflict: [
    'path_conflict',
    'package_not_open',
    'package_empty',
    'package_has_refused_files',
    'file_not_ready',
    'package_not_finalized',
    'package_collected',
    'package_not_in_trash',
    'retention_permanent',
    'extension_not_later',
    'hold_already_released',
    'collection_disabled',
    'collection_plan_outdated',
    'collection_brake',
    'key_in_use',
    'key_signs_no_packages',
    'upload_offset_mismatch',
    'upload_not_open',
    'idempotency_in_progress',
    'direct_upload_unsupported',
    'attestation_missing',
  ],
  gone: ['upload_expired', 'upload_given_up', 'file_collected', 'package_in_trash'],
  checksum: ['upload_checksum_mismatch'],
  unprocessable: [
    'idempotency_key_reused',
    'digest_mismatch',
    'size_mismatch',
    'stored_bytes_differ',
    'stored_bytes_missing',
    'meta_malformed',
    'meta_disagrees',
    'wheelhouse_without_wheels',
    'wheelhouse_incomplete',
    'wheel_malformed',
    'archive_corrupt',
    'archive_too_large',
    'archive_ratio_exceeded',
    'archive_too_many_members',
    'archive_member_too_large',
    'archive_name_too_long',
    'archive_name_invalid',
    'archive_path_unsafe',
    'archive_link_refused',
    'archive_special_member',
    'archive_duplicate_member',
    'archive_overlap',
    'manifest_not_canonical',
    'attestation_malformed',
    'attestation_subject_unknown',
    'attestation_untrusted',
    'attestation_signer_refused',
  ],
};

describe('the catalogue of refusals', () => {
  it('keeps every code it ever had, each of its kind', () => {
    const kept = Object.entries(promised).flatMap(([kind, codes]) => codes.map((code) => [code, kind]));
    expect(refusalCodes.map((code) => [code, refusalKind(code)]).sort()).toEqual(kept.sort());
  });

  it('writes codes in snake_case', () => {
    for (const code of refusalCodes) expect(code).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
  });

  it('gives a refusal its kind, its facts and a sentence', () => {
    const refusal = new Refusal('path_conflict', 'The path is taken.', { path: 'a' });
    expect(refusal).toBeInstanceOf(Error);
    expect([refusal.name, refusal.code, refusal.kind, refusal.message]).toEqual([
      'Refusal',
      'path_conflict',
      'conflict',
      'The path is taken.',
    ]);
    expect(refusal.facts).toEqual({ path: 'a' });
    expect(new Refusal('forbidden', 'No.').facts).toEqual({});
  });

  it('is not what overload answers: that may be tried again', () => {
    const pushBack = new PushBack('Too many uploads.', 7);
    expect(pushBack).not.toBeInstanceOf(Refusal);
    expect([pushBack.name, pushBack.retryAfterSeconds]).toEqual(['PushBack', 7]);
  });
});
