import {
  finalizePackage,
  instantOf,
  parseBlake3,
  parseSha256,
  type ArchiveMember,
  type Attribution,
  type CollectedFile,
  type DomainEvent,
  type EvidenceItem,
  type FileIngested,
  type FileState,
  type PackageDescription,
  type PackageFinalized,
} from '@muniment/domain';

/** One sample of every event type; a type without one does not compile. */
export type GoldenEvents = { readonly [Type in DomainEvent['type']]: Extract<DomainEvent, { type: Type }> };

/** Digests that are easy to tell apart in hexadecimal and are of nothing. */
const sha = (pair: string) => parseSha256(pair.repeat(32));
const blake = (pair: string) => parseBlake3(pair.repeat(32));
const at = (time: string) => instantOf(new Date(`2026-03-01T12:${time}Z`));

export const goldenPackageId = '01957a3e-7000-7000-8000-0000000000a1';
const tarballId = '01957a3e-7000-7000-8000-0000000000f1';
const metaId = '01957a3e-7000-7000-8000-0000000000f2';
/** Its events are of a subject of their own. */
export const goldenCollectionId = '01957a3e-7000-7000-8000-0000000000c1';
const validationId = '01957a3e-7000-7000-8000-0000000000e1';
const holdId = '01957a3e-7000-7000-8000-0000000000d1';
const attestationId = '01957a3e-7000-7000-8000-0000000000b1';
const relayedId = '01957a3e-7000-7000-8000-0000000000b2';
const badId = '01957a3e-7000-7000-8000-0000000000f3';

/** Who did it, in every sample. */
export const goldenAttribution: Attribution = {
  actor: 'token:acme-ci',
  time: at('00:00.250'),
  reason: 'a person’s reason, where there is one',
};

const description: PackageDescription = {
  package_id: goldenPackageId,
  repository: 'acme/widgets',
  name: 'wheelhouse',
  kind: 'wheelhouse',
  version: '1.4.0',
  producer: 'github-actions',
  subject: 'pkg:generic/acme/widgets@1.4.0',
  run: {
    id: '7351264981',
    attempt: 2,
    commit: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
    ref: 'refs/tags/v1.4.0',
    url: 'https://ci.example/acme/widgets/runs/7351264981',
  },
  metadata: { channel: 'stable', ünïcode: 'ß' },
  created_at: at('00:00.000'),
};

const members: readonly ArchiveMember[] = [
  {
    path: '.wheelhouse/beta_tools-2.1-1-cp311-cp311-manylinux_2_17_x86_64.whl',
    size: 70_000,
    sha256: sha('2e'),
    blake3: blake('e2'),
    wheel: {
      name: 'beta-tools',
      version: '2.1',
      build: '1',
      tags: ['cp311-cp311-manylinux_2_17_x86_64'],
      requires_python: '>=3.11',
      requires_dist: ['alpha>=1', 'gamma; extra == "all"'],
      metadata_sha256: sha('6d'),
    },
  },
  { path: '.wheelhouse/pins.txt', size: 11, sha256: sha('1f'), blake3: blake('f1'), wheel: null },
];

const tarball: FileIngested['payload'] = {
  file_id: tarballId,
  path: 'wheelhouse-3.11.tgz',
  // beyond 32 bits, so that the samples show an eight-byte integer
  size: 5_000_000_000,
  sha256: sha('5a'),
  blake3: blake('a5'),
  media_type: 'application/gzip',
  origin: 'upload',
  format: 'tar+gzip',
  member_count: 2,
  members,
  wheel: null,
  declares: null,
  backend: 's3',
  verified_at: at('03:00.000'),
};

/** What the record beside the tarball declares of it. */
const declares = {
  name: tarball.path,
  sha256: tarball.sha256,
  blake3: tarball.blake3,
  size: tarball.size,
  wheels: ['beta_tools-2.1-1-cp311-cp311-manylinux_2_17_x86_64.whl'],
};

const meta: FileIngested['payload'] = {
  ...tarball,
  file_id: metaId,
  path: 'wheelhouse-3.11.tgz.meta',
  size: 512,
  sha256: sha('3c'),
  blake3: blake('c3'),
  media_type: 'text/plain; charset=utf-8',
  format: 'meta',
  member_count: 0,
  members: null,
  declares,
};

function finalized(): PackageFinalized {
  const pkg = {
    description,
    revision: 8,
    phase: 'created',
    finalizeRequested: true,
    finalizationDue: true,
    manifestDigest: null,
    wheelhouse: true,
    validation: null,
  } as const;
  const retention = { retentionClass: 'release-evidence', expiresAt: instantOf(new Date('2033-02-27T12:00:00.000Z')) };
  const facts = finalizePackage(pkg, [stateOf(meta), stateOf(tarball)], { retention, madeMetas: [] }, { now: at('05:00.000') });
  const manifest = facts.find((fact) => fact.type === 'v1.package.finalized');
  if (manifest === undefined) throw new Error('the sample package did not finalize');
  return manifest;
}

function stateOf(file: FileIngested['payload']): FileState {
  const { file_id, media_type, member_count, verified_at, ...same } = file;
  return {
    ...same,
    fileId: file_id,
    mediaType: media_type,
    memberCount: member_count,
    verifiedAt: verified_at,
    phase: 'ingested',
    stagingKey: null,
    refusal: null,
  };
}

const expiry = instantOf(new Date('2033-02-27T12:00:00.000Z'));
const later = instantOf(new Date('2034-02-27T12:00:00.000Z'));

function remembered({ path, sha256, blake3, size }: FileIngested['payload']): CollectedFile {
  return { path, sha256, blake3, size };
}

/** The samples whose bytes are committed under test/golden/events. */
export const goldenEvents: GoldenEvents = {
  'v1.package.created': { type: 'v1.package.created', payload: description },
  'v1.retention.default_applied': {
    type: 'v1.retention.default_applied',
    payload: { retention_class: 'release-evidence', expires_at: expiry },
  },
  'v1.file.received': {
    type: 'v1.file.received',
    payload: {
      file_id: metaId,
      path: meta.path,
      size: meta.size,
      sha256: meta.sha256,
      blake3: meta.blake3,
      media_type: meta.media_type,
      witness: 'stream',
      staging_key: `staging/${metaId}`,
      declares,
      received_at: at('01:00.000'),
    },
  },
  'v1.file.ingested': { type: 'v1.file.ingested', payload: tarball },
  'v1.file.refused': {
    type: 'v1.file.refused',
    payload: {
      file_id: badId,
      path: 'evidence.tgz',
      code: 'archive_link_refused',
      detail: 'The archive holds a link. Pack the files themselves.',
      refused_at: at('03:30.000'),
    },
  },
  'v1.storage.corruption_detected': {
    type: 'v1.storage.corruption_detected',
    payload: {
      path: 'report.json',
      expected_sha256: sha('11'),
      actual_sha256: sha('22'),
      expected_size: 24,
      actual_size: 23,
      backend: 'filesystem',
    },
  },
  'v1.package.finalize_requested': { type: 'v1.package.finalize_requested', payload: { requested_at: at('04:00.000') } },
  'v1.package.finalization_due': { type: 'v1.package.finalization_due', payload: { due_at: at('04:00.000') } },
  'v1.package.finalized': finalized(),
  'v1.package.validated': {
    type: 'v1.package.validated',
    payload: {
      validation_id: validationId,
      result: 'passed',
      report: { python: '3.11.9', wheels: 14, checks: ['install', 'smoke'], notes: null },
      validated_at: at('06:00.000'),
    },
  },
  'v1.retention.promoted': { type: 'v1.retention.promoted', payload: { promoted_at: at('06:00.000') } },
  'v1.retention.extended': {
    type: 'v1.retention.extended',
    payload: { previous_expires_at: expiry, new_expires_at: later, extended_at: at('07:00.000') },
  },
  'v1.retention.hold_applied': { type: 'v1.retention.hold_applied', payload: { hold_id: holdId, applied_at: at('08:00.000') } },
  'v1.retention.hold_released': {
    type: 'v1.retention.hold_released',
    payload: { hold_id: holdId, released_at: at('09:00.000'), remaining_holds: 0 },
  },
  'v1.retention.demoted': { type: 'v1.retention.demoted', payload: { demoted_at: at('10:00.000'), cause: 'superseded' } },
  'v1.retention.deletion_eligible': { type: 'v1.retention.deletion_eligible', payload: { as_of: later, expires_at: later } },
  'v1.retention.trashed': {
    type: 'v1.retention.trashed',
    payload: { collection_id: goldenCollectionId, trashed_at: at('12:00.000'), purge_after: at('13:00.000') },
  },
  'v1.retention.restored': { type: 'v1.retention.restored', payload: { restored_at: at('12:30.000'), cause: 'asked' } },
  'v1.retention.collected': {
    type: 'v1.retention.collected',
    payload: {
      collection_id: goldenCollectionId,
      collected_at: at('14:00.000'),
      rule: {
        retention_class: 'release-evidence',
        expires_at: later,
        eligible_since: later,
        trashed_at: at('12:00.000'),
        purge_after: at('13:00.000'),
      },
      checked: { active_holds: 0, released_holds: [holdId], curated: false },
      manifest_digest: `sha256:${'7d'.repeat(32)}`,
      released: [remembered(tarball)],
      kept: [remembered(meta)],
    },
  },
  'v1.storage.location_deleted': {
    type: 'v1.storage.location_deleted',
    payload: {
      collection_id: goldenCollectionId,
      ...remembered(tarball),
      backend: 's3',
      physically_removed: true,
      deleted_at: at('14:00.500'),
    },
  },
  'v1.collection.started': {
    type: 'v1.collection.started',
    payload: {
      collection_id: goldenCollectionId,
      plan_digest: `sha256:${'9a'.repeat(32)}`,
      plan: {
        plan_version: 1,
        as_of: at('11:00.000'),
        grace_seconds: 86_400,
        trash_seconds: 604_800,
        limit: 1_000,
        trash: [
          { package_id: goldenPackageId, revision: 14, repository: 'acme/widgets', name: 'wheelhouse', files: 2, bytes: 5_000_000_512 },
        ],
        purge: [],
      },
      brake_overridden: false,
      started_at: at('12:00.000'),
    },
  },
  'v1.collection.completed': {
    type: 'v1.collection.completed',
    payload: {
      collection_id: goldenCollectionId,
      completed_at: at('12:00.900'),
      trashed: 1,
      purged: 0,
      skipped: 0,
      locations_deleted: 0,
      bytes_reclaimed: 0,
    },
  },
  'v1.attestation.signed': {
    type: 'v1.attestation.signed',
    payload: {
      attestation_id: attestationId,
      statement: 'archive-receipt',
      part: 1,
      parts: 1,
      predicate_type: 'https://muniment.io/attestation/archive-receipt/v0.1',
      about_revision: 9,
      key_id: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      signed_at: at('13:00.100'),
      evidence: [
        evidence('archive-receipt.r9.sigstore.json', 'application/vnd.dev.sigstore.bundle.v0.3+json', 'a1', 2048),
        evidence('archive-receipt.r9.intoto.jsonl', 'application/vnd.in-toto.bundle', 'a2', 1536),
      ],
    },
  },
  'v1.attestation.relayed': {
    type: 'v1.attestation.relayed',
    payload: {
      attestation_id: relayedId,
      predicate_type: 'https://slsa.dev/provenance/v1',
      subjects: [sha('aa')],
      remarks: [
        'widgets-1.0-py2.py3-none-any.whl stands in the statement as widgets-1.0-py3.py2-none-any.whl: the same tags in another order',
      ],
      check: {
        signature_verified: true,
        identity: 'https://github.com/acme/widgets/.github/workflows/ci.yml@refs/heads/main',
        issuer: 'https://token.actions.githubusercontent.com',
      },
      relayed_at: at('13:00.200'),
      evidence: [evidence('relayed.a3a3a3a3a3a3a3a3.sigstore.json', 'application/vnd.dev.sigstore.bundle.v0.3+json', 'a3', 9000)],
    },
  },
  'v1.attestation.failed': {
    type: 'v1.attestation.failed',
    payload: { statement: 'release', about_revision: 9, code: 'no_signer', failed_at: at('13:00.300') },
  },
  'v1.signature.made': {
    type: 'v1.signature.made',
    payload: {
      path: 'dist/widgets.tgz',
      file_sha256: sha('aa'),
      key_fingerprint: '0123456789ABCDEF0123456789ABCDEF01234567',
      signed_at: at('13:00.400'),
      evidence: evidence('dist/widgets.tgz.asc', 'application/pgp-signature', 'a4', 228),
    },
  },
  'v1.key.announced': {
    type: 'v1.key.announced',
    payload: {
      key_id: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      name: 'archive-2026',
      purpose: 'attestation',
      algorithm: 'ecdsa-p256-sha256',
      public_key: '-----BEGIN PUBLIC KEY-----\nnot a key\n-----END PUBLIC KEY-----\n',
      not_before: at('00:00.000'),
      not_after: null,
      announced_at: at('00:00.250'),
    },
  },
  'v1.key.compromised': {
    type: 'v1.key.compromised',
    payload: {
      key_id: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      compromised_at: at('14:00.000'),
      reported_at: at('15:00.000'),
    },
  },
  'v1.storage.bytes_missing': {
    type: 'v1.storage.bytes_missing',
    payload: { file_id: metaId, path: 'report.json', expected_sha256: sha('11'), expected_size: 24, backend: 'filesystem' },
  },
  'v1.attestation.requested': {
    type: 'v1.attestation.requested',
    payload: {
      key_id: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      statements: [
        { statement: 'archive-receipt', about_revision: 9 },
        { statement: 'release', about_revision: 9 },
      ],
      paths: ['dist/widgets.tgz'],
      requested_at: at('16:00.000'),
    },
  },
};

function evidence(name: string, media_type: string, pair: string, size: number): EvidenceItem {
  return { name, media_type, sha256: sha(pair), blake3: blake(pair), size };
}
