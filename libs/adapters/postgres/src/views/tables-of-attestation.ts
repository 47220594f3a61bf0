import type { ViewTable } from './row-change.js';

export const attestationDue: ViewTable = {
  name: 'attestation_due',
  key: ['package_id', 'statement', 'about_revision'],
  columns: { package_id: 'uuid', statement: 'text', about_revision: 'int', failure_code: 'text', failed_at: 'timestamptz' },
};

/** Files whose signature is to be made again. */
export const signatureDue: ViewTable = {
  name: 'signature_due',
  key: ['package_id', 'path'],
  columns: { package_id: 'uuid', path: 'text', requested_at: 'timestamptz' },
};

export const evidence: ViewTable = {
  name: 'evidence',
  key: ['package_id', 'name'],
  columns: {
    package_id: 'uuid',
    name: 'text',
    kind: 'text',
    media_type: 'text',
    sha256: 'text',
    blake3: 'text',
    size: 'bigint',
    made_at: 'timestamptz',
    attestation_id: 'uuid',
    statement: 'text',
    part: 'int',
    parts: 'int',
    predicate_type: 'text',
    about_revision: 'int',
    key_id: 'text',
    path: 'text',
    file_sha256: 'text',
    subjects: 'jsonb',
    relayed_check: 'jsonb',
  },
};

export const signingKeys: ViewTable = {
  name: 'signing_keys',
  key: ['id'],
  columns: {
    id: 'uuid',
    revision: 'int',
    key_id: 'text',
    name: 'text',
    purpose: 'text',
    algorithm: 'text',
    public_key: 'text',
    not_before: 'timestamptz',
    not_after: 'timestamptz',
    announced_at: 'timestamptz',
    compromised_at: 'timestamptz',
  },
};
