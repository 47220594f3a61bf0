import type { BlobIdentity, Manifest } from '@muniment/domain';
import { encodeJcs, parseCheckpoint, sha256Hex } from '@muniment/formats';
import { honestKeys } from '../keys/honest-keys.js';
import { knownKey } from '../keys/key-answer.js';
import { Trust, type Pins } from '../keys/trust.js';
import { checkCheckpoint, type BelievedCheckpoint } from '../log/check-inclusion.js';
import { checkConsistency, sameTree, type KeptCheckpoint } from '../log/check-consistency.js';
import { readNote } from '../log/read-note.js';
import { checkSignatures, readSignatures } from '../openpgp/check-signature.js';
import { SignedContent } from '../openpgp/signed-content.js';
import { checkHistory } from '../package/check-history.js';
import { checkMetaRecord } from '../package/check-metas.js';
import { checkPackage } from '../package/check-package.js';
import type { PackageEvidence } from '../package/evidence.js';
import { fileOf } from '../package/find-file.js';
import { openManifest } from '../package/open-manifest.js';
import type { CheckList } from '../report/check.js';
import { checkPackIndex } from './check-pack-index.js';
import { packPlaces } from './layout.js';
import { packEvidence, packKeys, packWord, textOf } from './pack-evidence.js';
import type { PackIndex } from './pack-index.js';
import { readPack, readSignedContent, unreadable, type ReadPack } from './read-pack.js';

export interface PackRequest {
  /** The bytes of the pack; asked for again where files have to be read twice. */
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly pins: Pins;
  readonly kept: KeptCheckpoint | null;
  /** RFC 3339. */
  readonly now: string;
  /** Files at hand, by path within the package: compared with the manifest of the pack, and in place of those a pack of digests lacks. */
  readonly local?: ReadonlyMap<string, LocalFile>;
}

/** A file outside the pack, and how to read it again. */
export interface LocalFile {
  readonly blob: BlobIdentity;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface CheckedPack {
  readonly packageId: string;
  readonly manifestDigest: string;
}

/** Checks an evidence pack with nothing but its bytes and the keys that were brought along. Null when it is no pack of a package. */
export async function checkPack(request: PackRequest, list: CheckList): Promise<CheckedPack | null> {
  const pack = await openPack(request, list);
  const index = pack === null ? null : checkPackIndex(pack, list);
  if (pack === null || index === null) return null;
  const manifest = checkManifest(pack, index, list);
  if (manifest === null) return { packageId: index.packageId, manifestDigest: index.manifestDigest };
  const local = placed(request.local ?? new Map<string, LocalFile>(), manifest);
  checkFiles(pack, index, manifest, local, list);
  for (const [path, bytes] of pack.records) checkMetaRecord(path, bytes, manifest, list);
  const { packageId, manifestDigest } = index;
  const evidence = packEvidence(pack.documents, { packageId, manifest, manifestDigest }, list);
  const told = await honestKeys(packKeys(pack.documents, list).map(knownKey), packWord, list);
  const trust = new Trust(request.pins, told, () => packWord);
  const { checkpoint, signingTimes } = checkPackage(evidence, trust, request.now, list);
  const note = textOf(pack.documents.get(packPlaces.checkpoint));
  if (checkpoint !== null && note !== null) {
    const loose = checkCheckpoint(packPlaces.checkpoint, note, trust, list);
    const same = loose !== null && sameTree(loose, checkpoint);
    list.holds(
      'log.same',
      packPlaces.checkpoint,
      same,
      same ? 'the one of the proof' : 'it is not the checkpoint of the proof',
      checkpoint.restsOn,
    );
  }
  if (request.kept !== null && checkpoint !== null) checkKept(pack, packageId, request.kept, checkpoint, trust, list);
  const signatures = evidence.signatures.map((file) => ({ ...file, signed: signingTimes.get(sha256Hex(file.bytes)) ?? file.signed }));
  await checkSignedFiles({ ...evidence, signatures }, pack, trust, { ...request, local }, list);
  checkHistoryOf(pack, packageId, list);
  return { packageId, manifestDigest };
}

/** A pack is of its day: a checkpoint that was kept later says nothing against it, and only the archive can tell how both belong together. */
function checkKept(
  { documents }: ReadPack,
  packageId: string,
  kept: KeptCheckpoint,
  checkpoint: BelievedCheckpoint,
  trust: Trust,
  list: CheckList,
): void {
  const older = readNote(() => parseCheckpoint(kept.note));
  if (typeof older !== 'string' && older.size > checkpoint.size) {
    const why = `the kept checkpoint has ${older.size} entries, that of the pack only ${checkpoint.size}`;
    list.skipped('log.consistency', packageId, why, 'Verify against the running archive, or make a new pack.');
    return;
  }
  checkConsistency(packageId, kept, checkpoint, textOf(documents.get(packPlaces.consistency)), trust, list);
}

async function openPack({ open }: PackRequest, list: CheckList): Promise<ReadPack | null> {
  try {
    const pack = await readPack(open());
    list.holds('pack.readable', 'pack', true, `${pack.documents.size + pack.files.size} members`, 'the bytes of the pack');
    return pack;
  } catch (error) {
    const why = unreadable(error);
    if (why === null) throw error;
    list.holds('pack.readable', 'pack', false, why, 'the bytes of the pack');
    return null;
  }
}

function checkManifest({ documents }: ReadPack, { packageId, manifestDigest }: PackIndex, list: CheckList): Manifest | null {
  const bytes = documents.get(packPlaces.manifestCbor) ?? new Uint8Array();
  if (!list.equal('manifest.digest', packageId, manifestDigest, `sha256:${sha256Hex(bytes)}`, packWord)) return null;
  const manifest = openManifest(bytes, packageId, list);
  if (manifest === null) return null;
  const restsOn = 'the manifest';
  if (!list.equal('manifest.package', packageId, packageId, manifest.package.package_id, restsOn)) return null;
  const json = textOf(documents.get(packPlaces.manifestJson))?.trimEnd() ?? '';
  list.equal('manifest.json', packageId, sha256Hex(Buffer.from(encodeJcs(manifest))), sha256Hex(Buffer.from(json)), restsOn);
  return manifest;
}

function checkFiles(
  pack: ReadPack,
  { content }: PackIndex,
  manifest: Manifest,
  local: ReadonlyMap<string, LocalFile>,
  list: CheckList,
): void {
  for (const { path, digest, blake3, size } of manifest.files) {
    const here = local.get(path)?.blob;
    const blob = pack.files.get(path) ?? here;
    if (blob === undefined) {
      const why = 'a pack of digests holds no artifacts';
      if (content === 'digests') list.skipped('file.sha256', path, why, `Give the file too: muniment verify --pack PACK ${path}`);
      else list.holds('file.sha256', path, false, 'it is not in the pack', packWord);
      continue;
    }
    for (const one of new Set([blob, here ?? blob])) {
      const restsOn = one === here ? 'the manifest; digests of the file here' : 'the manifest; digests of the bytes in the pack';
      list.equal('file.sha256', path, digest, `sha256:${one.sha256}`, restsOn);
      list.equal('file.blake3', path, blake3, one.blake3, restsOn);
      list.equal('file.size', path, String(size), String(one.size), restsOn);
    }
  }
  const listed = new Set<string>(manifest.files.map(({ path }) => path));
  for (const path of [...pack.files.keys(), ...local.keys()])
    if (!listed.has(path)) list.holds('manifest.lists', path, false, 'not in the manifest', 'the manifest');
}

/** Files here under their paths in the package. */
function placed(local: ReadonlyMap<string, LocalFile>, manifest: Manifest): ReadonlyMap<string, LocalFile> {
  return new Map([...local].map(([path, file]) => [fileOf(manifest, path)?.path ?? path, file]));
}

async function checkSignedFiles(
  { packageId, signatures }: PackageEvidence,
  pack: ReadPack,
  trust: Trust,
  { open, now, local }: PackRequest,
  list: CheckList,
): Promise<void> {
  const read = await readSignatures(signatures, list);
  if (signatures.length === 0)
    list.skipped(
      'openpgp.signature',
      packageId,
      'there is no OpenPGP signature in the pack',
      'Ask the operator of the archive for a release key.',
    );
  const contents = new Map([...Map.groupBy(read, ({ file }) => file.path)].map(([path, own]) => [path, new SignedContent(own)]));
  const inPack = new Map([...contents].filter(([path]) => pack.files.has(path)));
  if (inPack.size > 0) await readSignedContent(open(), inPack);
  for (const [path, content] of contents) {
    const here = inPack.has(path) ? undefined : local?.get(path);
    if (here !== undefined) for await (const chunk of here.open()) content.update(chunk);
    else if (!inPack.has(path)) contents.delete(path);
  }
  const remedy = 'Give gpg the signature and the file, as README.md says.';
  for (const [path, own] of Map.groupBy(read, ({ file }) => file.path)) {
    const content = contents.get(path);
    if (content !== undefined) await checkSignatures(own, content, trust, now, list);
    else for (const { file } of own) list.skipped('openpgp.signature', file.name, 'the signed file is not here', remedy);
  }
}

function checkHistoryOf({ documents }: ReadPack, packageId: string, list: CheckList): void {
  const [json, cbor] = [documents.get(packPlaces.historyJson), documents.get(packPlaces.historyCbor)];
  if (json !== undefined && cbor !== undefined) checkHistory(packageId, json, cbor, list);
  else
    list.skipped('history.retention', packageId, 'the pack holds no retention history', 'Make it with a token that may read the package.');
}
