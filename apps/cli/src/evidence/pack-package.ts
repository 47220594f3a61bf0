import { createReadStream } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { MunimentClient } from '@muniment/client';
import { isMetaPath, type Manifest } from '@muniment/domain';
import { CheckList, packDocuments, writePack, type PackedFile, type Witnesses } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import type { TransferBar } from '../push/transfer-bar.js';
import { archiveWord } from '../verify/archive-word.js';
import { cosignersOf, wantedOf } from '../log/named-witnesses.js';
import { gatherEvidence, unlessAbsent, type GatheredEvidence } from '../verify/gather-evidence.js';
import { noteOfProof, provenConsistently, sizeOf } from '../verify/log-consistency.js';
import { readManifest } from '../verify/read-manifest.js';

export interface EvidenceRequest {
  readonly packageId: string;
  readonly url: string;
  /** Absolute path of the pack. */
  readonly to: string;
  readonly digestsOnly: boolean;
  /** A checkpoint that the receiver keeps: the pack then proves that its own continues it. */
  readonly kept: string | null;
  /** Log witnesses that have to have cosigned the checkpoint of the pack; null: it is the newest. */
  readonly witnesses: Witnesses | null;
  readonly signal: AbortSignal;
}

/** What the command tells. */
export interface EvidenceReport {
  readonly package_id: string;
  readonly manifest_digest: string;
  readonly pack: string;
  readonly content: 'files' | 'digests';
  readonly files: number;
  readonly attestations: number;
  readonly signatures: number;
  /** Whether the pack holds a proof from the signed log. */
  readonly log_proof: boolean;
  /** Which of the named log witnesses cosigned its checkpoint, and when; null where none were named. */
  readonly cosigned: string | null;
  readonly notices: readonly string[];
}

/** Writes everything that proves a package into one file. The file gets its name only when it is whole. */
export async function packPackage(client: MunimentClient, request: EvidenceRequest, bar: TransferBar): Promise<EvidenceReport> {
  const { packageId, url, digestsOnly } = request;
  const list = new CheckList();
  const pkg = await client.package(packageId);
  const manifest = await readManifest(client, pkg, archiveWord(url), list);
  const manifestDigest = pkg.manifest_digest ?? '';
  if (manifest === null) throw broken(packageId, list);
  const about = { packageId: pkg.id, manifest, manifestDigest, toldBy: archiveWord(url) };
  const { evidence, consistency, cosigned } = await provenEvidence(client, about, request, list);
  const documents = await packDocuments({
    evidence,
    answers: evidence.answers,
    keys: (await unlessAbsent(client.evidence.keys())) ?? [],
    manifestCbor: await client.manifestCbor(pkg.id),
    manifestJson: await client.manifestJson(pkg.id),
    history: await historyOf(client, pkg.id),
    consistency,
    content: digestsOnly ? 'digests' : 'files',
  });
  const content = digestsOnly ? 'digests' : 'files';
  await write(client, request, manifest, bar, (files) => writePack({ packageId: pkg.id, manifestDigest, content, documents, files }));
  return {
    package_id: pkg.id,
    manifest_digest: manifestDigest,
    pack: request.to,
    content,
    files: manifest.files.filter(({ path }) => !digestsOnly || isMetaPath(path)).length,
    attestations: evidence.attestations.length,
    signatures: evidence.signatures.length,
    log_proof: evidence.logProof !== null,
    cosigned,
    notices: evidence.attestations.length === 0 ? ['the archive has signed nothing about this package yet'] : [],
  };
}

/** Throws where the pack could not show what was asked for: better no pack than one that fails at its receiver's. */
async function provenEvidence(
  client: MunimentClient,
  about: Parameters<typeof gatherEvidence>[1],
  request: EvidenceRequest,
  list: CheckList,
): Promise<{ readonly evidence: GatheredEvidence; readonly consistency: string | null; readonly cosigned: string | null }> {
  const { packageId, witnesses } = request;
  const kept = request.kept === null ? null : { note: request.kept, keptBy: 'the receiver' };
  const gathering = { withSignings: true, wanted: wantedOf(witnesses) };
  const gather = () => gatherEvidence(client, about, gathering, list);
  const { evidence, consistency } = await provenConsistently(client, gather, kept, gathering.wanted);
  if (list.failed.length > 0) throw broken(packageId, list);
  if (witnesses === null) return { evidence, consistency, cosigned: null };
  if (evidence.logProof === null)
    throw notYet(`No checkpoint that covers package ${packageId} bears the cosignatures that were asked for.`);
  const note = noteOfProof(evidence.logProof);
  const [size, needed] = [sizeOf(note) ?? 0, kept === null ? 0 : (sizeOf(kept.note) ?? 0)];
  if (size < needed) throw notYet(`The receiver's checkpoint has ${needed} entries, the newest cosigned one ${size}.`);
  return { evidence, consistency, cosigned: cosignersOf('log_inconsistent', note, witnesses) };
}

function notYet(why: string): CliError {
  return new CliError('not_checkable', `${why} Nothing was packed. Witnesses cosign soon after an append: try again in a minute.`);
}

async function historyOf(client: MunimentClient, packageId: string): Promise<{ readonly json: Uint8Array; readonly cbor: Uint8Array }> {
  // Two requests: an event between them would tear the two faces apart.
  for (;;) {
    const json = await client.evidence.history(packageId, 'application/json');
    const cbor = await client.evidence.history(packageId, 'application/cbor');
    const again = await client.evidence.history(packageId, 'application/json');
    if (Buffer.compare(json, again) === 0) return { json, cbor };
  }
}

async function write(
  client: MunimentClient,
  { packageId, to, digestsOnly, signal }: EvidenceRequest,
  manifest: Manifest,
  bar: TransferBar,
  pack: (files: readonly PackedFile[]) => AsyncIterable<Uint8Array>,
): Promise<void> {
  const folder = await mkdtemp(join(dirname(resolve(to)), '.muniment-pack-'));
  const draft = join(folder, 'pack.tar');
  try {
    const chosen = manifest.files.filter(({ path }) => !digestsOnly || isMetaPath(path));
    const files = chosen.map(({ path, size, digest }) => {
      const sha256 = digest.slice('sha256:'.length);
      return { path, size, sha256, open: () => fetched(client, { packageId, path, sha256, folder, signal }, size, bar) };
    });
    const file = await open(draft, 'wx');
    try {
      for await (const chunk of pack(files)) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, to);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Brought to disk first, so that a broken connection continues and only right bytes come near the pack; one file at a time. */
async function* fetched(
  client: MunimentClient,
  {
    packageId,
    path,
    sha256,
    folder,
    signal,
  }: Readonly<Record<'packageId' | 'path' | 'sha256' | 'folder', string>> & { signal: AbortSignal },
  size: number,
  bar: TransferBar,
): AsyncGenerator<Uint8Array> {
  const to = join(folder, 'file');
  bar.begin(path, size);
  await client.downloadFile({ packageId, path, to, sha256, signal, onProgress: (done) => bar.at(done) });
  bar.end();
  for await (const chunk of createReadStream(to, { highWaterMark: 1024 * 1024 })) {
    if (!(chunk instanceof Uint8Array)) throw new Error(`${to} was not read as bytes`);
    yield chunk;
  }
  await rm(to);
}

function broken(packageId: string, list: CheckList): CliError {
  const failed = list.failed.map(({ check }) => check).join(', ');
  return new CliError(
    'digest_mismatch',
    `What the archive gives of package ${packageId} does not fit together (${failed}). Nothing was packed.`,
    {
      package_id: packageId,
      checks: list.failed,
    },
  );
}
