import { isMetaPath, type Manifest } from '@muniment/domain';
import type { EvidenceAnswer, KeyAnswer } from '@muniment/contracts';
import { encodeJcs, parseTlogProof } from '@muniment/formats';
import { AttestationError, openAttestation, type OpenedAttestation } from '../attestation/open-attestation.js';
import { openStatement } from '../attestation/open-statement.js';
import { knownKey } from '../keys/key-answer.js';
import type { PackageEvidence } from '../package/evidence.js';
import { goCheckFiles } from './go-check.js';
import { packPlaces } from './layout.js';
import { placeOf } from './pack-evidence.js';
import { packKeyFiles } from './pack-keys.js';
import { packReadme, type ReadmeFacts } from './readme.js';

/** Everything that goes into a pack beside the files. */
export interface PackSources {
  readonly evidence: PackageEvidence;
  readonly answers: readonly EvidenceAnswer[];
  readonly keys: readonly KeyAnswer[];
  readonly manifestCbor: Uint8Array;
  readonly manifestJson: Uint8Array;
  readonly history: { readonly json: Uint8Array; readonly cbor: Uint8Array } | null;
  /** From a checkpoint that the receiver keeps. */
  readonly consistency: string | null;
  readonly content: 'files' | 'digests';
}

/** The documents of a pack by their place, README and sums included. */
export async function packDocuments(sources: PackSources): Promise<ReadonlyMap<string, Uint8Array>> {
  const { evidence, answers, keys } = sources;
  const known = keys.map(knownKey);
  const keyFiles = await packKeyFiles(known);
  const documents = new Map<string, Uint8Array>([
    ...keyFiles.documents,
    [packPlaces.attestationList, canonical({ attestations: answers })],
    [packPlaces.keyList, canonical({ keys })],
    [packPlaces.manifestCbor, sources.manifestCbor],
    [packPlaces.manifestJson, sources.manifestJson],
  ]);
  for (const { name, kind } of answers) {
    const bytes = [...evidence.attestations, ...evidence.relayed, ...evidence.signatures].find((one) => one.name === name)?.bytes;
    if (bytes !== undefined) documents.set(placeOf({ kind, name }), bytes);
  }
  addLog(documents, sources);
  if (sources.history !== null) {
    documents.set(packPlaces.historyJson, sources.history.json);
    documents.set(packPlaces.historyCbor, sources.history.cbor);
  }
  documents.set(packPlaces.sums, Buffer.from(sums(evidence.manifest)));
  documents.set(packPlaces.readme, Buffer.from(packReadme(factsOf(sources, known, keyFiles))));
  return documents;
}

function addLog(documents: Map<string, Uint8Array>, { evidence, consistency }: PackSources): void {
  const { logProof, signings } = evidence;
  if (logProof !== null) {
    const { checkpoint, extra } = parseTlogProof(logProof);
    documents.set(packPlaces.logProof, Buffer.from(logProof));
    documents.set(packPlaces.checkpoint, Buffer.from(checkpoint));
    if (extra !== undefined) documents.set(packPlaces.entry, extra);
    for (const [place, bytes] of goCheckFiles) documents.set(place, bytes);
  }
  if (consistency !== null) documents.set(packPlaces.consistency, Buffer.from(consistency));
  for (const { payload, proof } of signings) {
    const place = `${packPlaces.signings}${parseTlogProof(proof).index + 1}`;
    documents.set(`${place}.cbor`, payload);
    documents.set(`${place}.tlog-proof`, Buffer.from(proof));
  }
}

/** As `sha256sum` writes them. Paths hold neither newlines nor backslashes, so that none has to be escaped. */
function sums({ files }: Manifest): string {
  return files.map(({ path, digest }) => `${digest.slice('sha256:'.length)}  ${packPlaces.files}${path}\n`).join('');
}

function factsOf(
  { evidence, content }: PackSources,
  keys: ReadmeFacts['keys'],
  { pems, verifierKeys }: Awaited<ReturnType<typeof packKeyFiles>>,
): ReadmeFacts {
  const { manifest, packageId, manifestDigest, logProof } = evidence;
  const [verifierKey] = verifierKeys;
  const attestations = evidence.attestations.flatMap(({ name, bytes }) => {
    const opened = readable(bytes);
    if (opened === null) return [];
    const place = placeOf({ kind: 'attestation', name });
    const { form, predicateType, certificate: certified, timestamps } = opened;
    return [{ place, form, predicateType, certified, key: pems.get(opened.keyId) ?? null, timestamped: timestamps.length > 0 }];
  });
  return {
    packageId,
    repository: manifest.package.repository,
    name: manifest.package.name,
    manifestDigest,
    content,
    files: manifest.files.map(({ path, digest, size }) => ({ path, size, sha256: digest.slice('sha256:'.length) })),
    attestations,
    signatures: evidence.signatures
      .filter(({ path }) => content === 'files' || isMetaPath(path))
      .map(({ name, path }) => ({ place: placeOf({ kind: 'signature', name }), path })),
    keys,
    releaseKeys: keys.some(({ purpose }) => purpose === 'release'),
    log: logProof === null || verifierKey === undefined ? null : { verifierKey, index: parseTlogProof(logProof).index },
  };
}

function readable(bytes: Uint8Array): (OpenedAttestation & { readonly predicateType: string }) | null {
  try {
    const opened = openAttestation(bytes);
    return { ...opened, predicateType: openStatement(opened).predicateType };
  } catch (error) {
    if (error instanceof AttestationError) return null; // packed as it is; verify will say what is wrong with it
    throw error;
  }
}

function canonical(value: object): Uint8Array {
  return Buffer.from(`${encodeJcs(value)}\n`);
}
