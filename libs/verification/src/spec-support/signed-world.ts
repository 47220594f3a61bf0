import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createMessage, generateKey, readPrivateKey, sign as signOpenpgp } from 'openpgp';
import type { EvidenceAnswer, KeyAnswer } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import {
  archiveReceiptPredicate,
  archiveReceiptPredicateType,
  encodeCbor,
  encodeJcs,
  identify,
  inTotoPayloadType,
  logEntry,
  preAuthEncoding,
  sha256Hex,
  statementBytes,
  subjectsOf,
  verifierKey,
  writeBundle,
  writeEnvelope,
  sshFingerprint,
} from '@muniment/formats';
import { packDocuments } from '../pack/pack-documents.js';
import { writePack } from '../pack/write-pack.js';
import type { PackageEvidence } from '../package/evidence.js';
import { SmallLog } from './small-log.js';

export const packageId = '0193c1f0-0000-7000-8000-000000000001';
export const origin = 'archive.example/log';
/** When everything here happened, and when it is looked at. */
export const signedAt = '2026-11-21T09:30:00.000Z';
export const now = '2026-11-22T00:00:00.000Z';
export const content = Buffer.from('the bytes that were built\n'.repeat(5_000));

const entryOf = (sequence: number, type: string, subjectId: string, payloadDigest: string): Uint8Array =>
  logEntry({
    sequence: BigInt(sequence),
    type,
    time: signedAt,
    actor: 'service:signer',
    subject: { kind: 'package', id: subjectId },
    revision: sequence,
    reason: null,
    payloadDigest,
  });

/** A package with everything that proves it, signed by keys made on the spot. */
export interface SignedWorld {
  readonly manifest: Manifest;
  readonly manifestDigest: string;
  readonly log: SmallLog;
  readonly logPrivateKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly keyId: string;
  readonly pem: string;
  readonly verifierKey: string;
  readonly certificate: string;
  readonly fingerprint: string;
  readonly keys: readonly KeyAnswer[];
  readonly answers: readonly EvidenceAnswer[];
  readonly evidence: PackageEvidence;
  readonly signature: string;
  /** A statement signed by the world's key, in both forms. */
  readonly attest: (statement: Uint8Array) => { readonly bundle: Uint8Array; readonly envelope: Uint8Array };
  /** The documents of a pack, and the pack itself with these. */
  readonly documents: () => Promise<Map<string, Uint8Array>>;
  readonly pack: (documents: ReadonlyMap<string, Uint8Array>, content?: 'files' | 'digests') => Promise<Buffer>;
}

export async function signedWorld(): Promise<SignedWorld> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const logPair = generateKeyPairSync('ed25519');
  const keyId = sshFingerprint(publicKey) ?? '';
  const release = await generateKey({ type: 'ecc', userIDs: { name: 'archive' }, format: 'armored', date: new Date('2026-01-01') });
  const releaseKey = await readPrivateKey({ armoredKey: release.privateKey });
  const signature: unknown = await signOpenpgp({
    message: await createMessage({ binary: new Uint8Array(content) }),
    signingKeys: releaseKey,
    detached: true,
    date: new Date(signedAt),
  });
  const manifest = manifestOf();
  const cbor = encodeCbor(manifest);
  const manifestDigest = `sha256:${sha256Hex(cbor)}`;
  const attest = (payload: Uint8Array) => {
    const signed = {
      payload,
      payloadType: inTotoPayloadType,
      signature: sign('sha256', preAuthEncoding(inTotoPayloadType, payload), privateKey),
      keyId,
    };
    return { bundle: writeBundle(signed), envelope: writeEnvelope(signed) };
  };
  const { bundle, envelope } = attest(receiptOf(manifest, manifestDigest));
  const fingerprint = releaseKey.getFingerprint().toUpperCase();
  const answers = [
    answer('archive-receipt.r3.sigstore.json', 'attestation', bundle, { statement: 'archive-receipt', about_revision: 3, key_id: keyId }),
    answer('archive-receipt.r3.intoto.jsonl', 'attestation', envelope, { statement: 'archive-receipt', about_revision: 3, key_id: keyId }),
    answer('tool.bin.asc', 'signature', Buffer.from(String(signature)), { path: 'tool.bin', key_id: fingerprint }),
  ];
  const signing = encodeCbor(signingPayload(keyId, answers));
  const log = new SmallLog(origin, logPair.privateKey, [
    entryOf(1, 'v1.key.announced', 'key', 'ab'.repeat(32)),
    entryOf(2, 'v1.package.created', packageId, 'cd'.repeat(32)),
    entryOf(3, 'v1.package.finalized', packageId, manifestDigest.slice(7)),
    entryOf(4, 'v1.attestation.signed', packageId, sha256Hex(signing)),
    entryOf(5, 'v1.package.created', 'another', 'ef'.repeat(32)),
  ]);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const logName = { name: origin, publicKey: logPair.publicKey };
  const keys: readonly KeyAnswer[] = [
    { ...keyFacts('attestation', keyId, 'archive-1', 'ecdsa-p256-sha256'), pem },
    {
      ...keyFacts('log', sshFingerprint(logPair.publicKey) ?? '', origin, 'ed25519'),
      pem: logPair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    { ...keyFacts('release', fingerprint, 'release-1', 'openpgp'), openpgp: release.publicKey },
  ];
  const [first, second] = answers;
  const evidence: PackageEvidence = {
    packageId,
    manifest,
    manifestDigest,
    attestations: [
      { name: first?.name ?? '', bytes: bundle, group: 'archive-receipt.r3', signing: 'first', madeAt: signedAt },
      { name: second?.name ?? '', bytes: envelope, group: 'archive-receipt.r3', signing: 'first', madeAt: signedAt },
    ],
    relayed: [],
    signatures: [{ name: 'tool.bin.asc', path: 'tool.bin', bytes: Buffer.from(String(signature)), signed: null }],
    logProof: await log.proof(2),
    signings: [{ payload: signing, proof: await log.proof(3) }],
    toldBy: 'the test’s word',
  };
  const history = [
    {
      sequence: 2,
      type: 'v1.package.created',
      time: signedAt,
      actor: 'token:ci',
      subject: { kind: 'package', id: packageId },
      revision: 1,
      payload: { a: 1 },
      payload_digest: `sha256:${sha256Hex(encodeCbor({ a: 1 }))}`,
    },
  ];
  return {
    ...{ manifest, manifestDigest, log, logPrivateKey: logPair.privateKey, privateKey, keyId, pem, verifierKey: verifierKey(logName) },
    ...{ certificate: release.publicKey, fingerprint, keys, answers, evidence, signature: String(signature), attest },
    documents: async () =>
      new Map(
        await packDocuments({
          evidence,
          answers,
          keys,
          manifestCbor: cbor,
          manifestJson: Buffer.from(encodeJcs(manifest)),
          history: { json: Buffer.from(encodeJcs(history)), cbor: encodeCbor(history) },
          consistency: await log.consistency(3),
          content: 'files',
        }),
      ),
    pack: async (documents, holds = 'files') => {
      const all = [{ path: 'tool.bin', size: content.length, sha256: sha256Hex(content), open: () => chunks(content) }];
      const files = holds === 'files' ? all : [];
      const pieces: Uint8Array[] = [];
      for await (const piece of writePack({ packageId, manifestDigest, content: holds, documents, files })) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
}

export async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield await Promise.resolve(bytes.subarray(at, at + 10_000));
}

/** The receipt's statement, about other subjects or another predicate where a test wants it. */
export function receiptOf(manifest: Manifest, manifestDigest: string, index = 2): Uint8Array {
  const receipt = {
    archive: { id: 'https://archive.example', version: '0.1.0' },
    manifest,
    manifestDigest: manifestDigest.slice(7),
    receivedAt: signedAt,
    uploader: 'token:ci',
    metas: [],
    log: { origin, index },
    part: { number: 1, of: 1 },
  };
  return statementBytes(subjectsOf(manifest), archiveReceiptPredicateType, archiveReceiptPredicate(receipt));
}

function manifestOf(): Manifest {
  const { sha256, blake3, size } = identify(content);
  const plain = {
    manifest_version: 1,
    media_type: 'application/vnd.muniment.manifest.v1+cbor',
    package: {
      ...{
        package_id: packageId,
        repository: 'acme/tools',
        name: 'tool',
        kind: null,
        version: null,
        producer: 'test',
        subject: null,
        run: null,
      },
      ...{ metadata: {}, created_at: signedAt },
    },
    files: [
      {
        path: 'tool.bin',
        media_type: 'application/octet-stream',
        digest: `sha256:${sha256}`,
        blake3,
        size,
        annotations: {},
        members: null,
        wheel: null,
      },
    ],
    storage_receipts: [],
    retention_summary: { retention_class: 'raw-evidence', expires_at: null },
    provenance: { finalized_at: signedAt, meta_records: [] },
  };
  return JSON.parse(JSON.stringify(plain)) as Manifest;
}

function keyFacts(purpose: KeyAnswer['purpose'], key_id: string, name: string, algorithm: KeyAnswer['algorithm']): KeyAnswer {
  return {
    key_id,
    name,
    purpose,
    algorithm,
    not_before: '2026-01-01T00:00:00.000Z',
    not_after: null,
    announced_at: signedAt,
    compromised_at: null,
  };
}

function answer(name: string, kind: EvidenceAnswer['kind'], bytes: Uint8Array, more: Partial<EvidenceAnswer>): EvidenceAnswer {
  const { sha256, blake3, size } = identify(bytes);
  return { name, kind, url: `/${name}`, media_type: 'application/json', size, sha256, blake3, made_at: signedAt, ...more };
}

function signingPayload(keyId: string, answers: readonly EvidenceAnswer[]): object {
  const evidence = answers
    .filter(({ kind }) => kind === 'attestation')
    .map(({ name, media_type, sha256, blake3, size }) => ({ name, media_type, sha256, blake3, size }));
  const about = { statement: 'archive-receipt', part: 1, parts: 1, predicate_type: archiveReceiptPredicateType, about_revision: 3 };
  return { attestation_id: packageId, ...about, key_id: keyId, signed_at: signedAt, evidence };
}

/** Hexadecimal SHA-256 by Node itself. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
