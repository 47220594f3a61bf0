import type { EvidenceAnswer } from '@muniment/contracts';
import type { EvidenceRecord } from '@muniment/application';

export function evidenceAnswer(packageId: string, record: EvidenceRecord): EvidenceAnswer {
  const { name, kind, mediaType, size, sha256, blake3, madeAt, relayedCheck } = record;
  const path = name.split('/').map(encodeURIComponent).join('/');
  return {
    name,
    kind,
    url: `/packages/${packageId}/attestations/${path}`,
    media_type: mediaType,
    size,
    sha256,
    blake3,
    made_at: madeAt,
    ...present('attestation_id', record.attestationId),
    ...present('statement', record.statement),
    ...present('part', record.part),
    ...present('parts', record.parts),
    ...present('predicate_type', record.predicateType),
    ...present('about_revision', record.aboutRevision),
    ...present('key_id', record.keyId),
    ...present('path', record.path),
    ...present('file_sha256', record.fileSha256),
    ...(relayedCheck === null ? {} : { check: { ...relayedCheck } }),
  };
}

function present<Key extends string, Value>(key: Key, value: Value | null): { readonly [K in Key]?: Value } {
  return value === null ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}
