import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError, DigestMismatch, type MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import { isMetaPath, type BlobIdentity, type Manifest, type ManifestFile } from '@muniment/domain';
import { encodeJcs, identify } from '@muniment/formats';
import { identifyFile } from '../meta/identify-file.js';
import { checkMetaRecord, fileOf, type CheckList } from '@muniment/verification';

const byManifest = 'the manifest';
const byReading = 'digests of the bytes as they were read back';

export interface RemoteOptions {
  /** Read every stored byte back instead of trusting the archive's word about it. */
  readonly download: boolean;
  readonly signal: AbortSignal;
  readonly onFile?: (path: string) => void;
  /** Told where the bytes of a file lie that were read back, before they are removed. */
  readonly onBytes?: (path: string, absolute: string) => Promise<void>;
}

/** Checks what the archive says about a package against its manifest; with `download` also every byte it stores. */
export async function verifyPackage(
  client: MunimentClient,
  pkg: PackageAnswer,
  manifest: Manifest,
  list: CheckList,
  options: RemoteOptions,
): Promise<void> {
  const json = Buffer.from(await client.manifestJson(pkg.id))
    .toString('utf8')
    .trimEnd();
  list.equal('manifest.json', pkg.id, digestText(asText(encodeJcs(manifest))), digestText(json), byManifest);
  const listed = manifest.files.map((f) => f.path).join(', ');
  list.equal('package.files', pkg.id, listed, [...pkg.files.map((f) => f.path)].sort(byCodeUnit).join(', '), byManifest);
  for (const { path } of manifest.files.filter((f) => isMetaPath(f.path)))
    checkMetaRecord(path, await client.fileBytes(pkg.id, path), manifest, list);
  for (const file of manifest.files) {
    const answer = pkg.files.find((f) => f.path === file.path);
    if (answer === undefined) continue;
    list.equal('file.sha256', file.path, file.digest, `sha256:${answer.sha256}`, byManifest);
    list.equal('file.blake3', file.path, file.blake3, answer.blake3 ?? 'none', byManifest);
    list.equal('file.size', file.path, String(file.size), String(answer.size), byManifest);
    if (options.download) await verifyStored(client, pkg.id, file, list, options);
  }
}

/** Compares files on this machine with the manifest. */
export function verifyAgainstManifest(identities: ReadonlyMap<string, BlobIdentity>, manifest: Manifest, list: CheckList): void {
  for (const [path, blob] of identities) {
    const file = fileOf(manifest, path);
    if (!list.holds('manifest.lists', path, file !== undefined, file === undefined ? 'not in the manifest' : 'in the manifest', byManifest))
      continue;
    if (file === undefined) continue;
    list.equal('manifest.sha256', path, file.digest, `sha256:${blob.sha256}`, byManifest);
    list.equal('manifest.blake3', path, file.blake3, blob.blake3, byManifest);
    list.equal('manifest.size', path, String(file.size), String(blob.size), byManifest);
  }
}

async function verifyStored(
  client: MunimentClient,
  packageId: string,
  file: ManifestFile,
  list: CheckList,
  { signal, onFile, onBytes }: RemoteOptions,
): Promise<void> {
  onFile?.(file.path);
  const directory = await mkdtemp(join(tmpdir(), 'muniment-verify-'));
  try {
    const to = join(directory, 'bytes');
    await client.downloadFile({ packageId, path: file.path, to, sha256: file.digest.replace(/^sha256:/, ''), signal });
    const blob = await identifyFile(to);
    list.equal('stored.sha256', file.path, file.digest, `sha256:${blob.sha256}`, byReading);
    list.equal('stored.blake3', file.path, file.blake3, blob.blake3, byReading);
    await onBytes?.(file.path, to);
  } catch (error) {
    if (error instanceof DigestMismatch) list.equal('stored.sha256', file.path, file.digest, `sha256:${error.actual}`, byReading);
    else if (error instanceof ApiError && error.kind === 'gone') list.holds('stored.kept', file.path, false, error.detail, byReading);
    else throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function asText(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

/** Manifests are long; their digests are what a report can show. */
function digestText(text: string): string {
  return `sha256:${identify(Buffer.from(text, 'utf8')).sha256}`;
}
