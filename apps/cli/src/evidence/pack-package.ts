import { createReadStream } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { MunimentClient } from '@muniment/client';
import { isMetaPath, type Manifest } from '@muniment/domain';
import { CheckList, packDocuments, writePack, type PackedFile } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import type { TransferBar } from '../push/transfer-bar.js';
import { archiveWord } from '../verify/archive-word.js';
import { gatherEvidence, unlessAbsent } from '../verify/gather-evidence.js';
import { provenConsistently } from '../verify/log-consistency.js';
import { readManifest } from '../verify/read-manifest.js';

export interface EvidenceRequest {
  readonly packageId: string;
  readonly url: string;
  /** Absolute path of the pack. */
  readonly to: string;
  readonly digestsOnly: boolean;
  /** A checkpoint that the receiver keeps: the pack then proves that its own continues it. */
  readonly kept: string | null;
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
  const kept = request.kept === null ? null : { note: request.kept, keptBy: 'the receiver' };
  const { evidence, consistency } = await provenConsistently(client, () => gatherEvidence(client, about, true, list), kept);
  if (list.failed.length > 0) throw broken(packageId, list);
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
    notices: evidence.attestations.length === 0 ? ['the archive has signed nothing about this package yet'] : [],
  };
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
