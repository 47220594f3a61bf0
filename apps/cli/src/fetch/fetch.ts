import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ApiError, ConnectionError, type MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import {
  assertMetaAgrees,
  counterpartPath,
  isMetaPath,
  parseFilePath,
  parseSha256,
  type Manifest,
  type ManifestFile,
} from '@muniment/domain';
import { declarationOf, parseMeta } from '@muniment/formats';
import { CliError } from '../exit-codes.js';
import { identifyFile } from '../meta/identify-file.js';
import { fileSafe } from '../files/file-safe.js';
import { hasCode } from '../files/read-if-there.js';
import { archivedRun } from './archived-run.js';
import { saveRecord } from './save-record.js';
import type { TransferBar } from '../push/transfer-bar.js';
import type { Surroundings } from '../surroundings.js';
import { provenManifest } from '../verify/proven-manifest.js';
import { provenRecord } from '../verify/proven-record.js';

export interface FetchRequest {
  readonly packageId: string;
  /** What the manifest has to be, when somebody else than the archive says so (a pointer that git keeps). */
  readonly manifestDigest?: string;
  readonly outdir: string;
  /** Only files that fit; their `.meta` comes along. */
  readonly pattern?: (path: string) => boolean;
  /** Wheelhouses are named after their run (`wheelhouse-3.11-run-42.tgz`), each with a record that says where it came from. */
  readonly asArchived: boolean;
}

export interface FetchedFile {
  readonly path: string;
  readonly saved_as: string;
  readonly size: number;
  readonly sha256: string;
  /** False when the very bytes were already there. */
  readonly downloaded: boolean;
}

export interface FetchReport {
  readonly package_id: string;
  readonly manifest_digest: string;
  readonly repository: string;
  readonly name: string;
  readonly run_id: string | null;
  readonly directory: string;
  readonly files: readonly FetchedFile[];
}

/**
 * Brings a package's files here. Digests come from the manifest, whose own digest is checked first; each `.meta` is read and compared
 * before the file it describes is loaded; a file has its name only when its bytes are right.
 */
export async function fetchPackage(
  client: MunimentClient,
  request: FetchRequest,
  surroundings: Surroundings,
  bar: TransferBar,
): Promise<FetchReport> {
  const pkg = await client.package(request.packageId);
  assertNamed(pkg, request.manifestDigest);
  const manifest = await provenManifest(client, pkg);
  const wanted = chosenFiles(manifest, request.pattern);
  const directory = resolve(surroundings.cwd, request.outdir, directoryOf(pkg));
  const archived = request.asArchived ? archivedRun(pkg, manifest, wanted) : null;
  const records = wanted.filter((f) => isMetaPath(f.path));
  const made = new Map<string, Uint8Array>();
  for (const record of records) {
    const bytes = await agreeingRecord(client, pkg.id, record, manifest);
    if (bytes !== null && archived !== null) made.set(record.path, archived.recordOf(record.path, bytes));
  }
  const files: FetchedFile[] = [];
  for (const file of [...records, ...wanted.filter((f) => !isMetaPath(f.path))]) {
    const target = { directory, as: archived?.nameOf(file.path) ?? file.path };
    const record = target.as === file.path ? undefined : made.get(file.path);
    files.push(
      record === undefined
        ? await bring(client, pkg.id, file, target, bar, surroundings.signal)
        : await saveRecord(file.path, placeOf(target), record),
    );
  }
  return {
    package_id: pkg.id,
    manifest_digest: pkg.manifest_digest ?? '',
    repository: pkg.repository,
    name: pkg.name,
    run_id: pkg.run?.id ?? null,
    directory,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function assertNamed({ id, manifest_digest: actual }: PackageAnswer, expected: string | undefined): void {
  if (expected === undefined || actual === undefined || actual === expected) return;
  throw new CliError('digest_mismatch', `Package ${id} has another manifest than the pointer names. Nothing was fetched.`, {
    package_id: id,
    expected,
    actual,
  });
}

/** `run-<run id>` like the first fetch script; packages without a run get their own id. */
function directoryOf(pkg: PackageAnswer): string {
  return pkg.run === null ? `package-${pkg.id}` : `run-${fileSafe(pkg.run.id)}`;
}

function chosenFiles(manifest: Manifest, pattern?: (path: string) => boolean): readonly ManifestFile[] {
  if (pattern === undefined) return manifest.files;
  const chosen = new Set(manifest.files.map((f) => f.path).filter(pattern));
  if (chosen.size === 0) {
    throw new CliError('no_archive', 'No file of the package fits the pattern.', { files: manifest.files.map((f) => f.path) });
  }
  return manifest.files.filter((f) => chosen.has(f.path) || (isMetaPath(f.path) && chosen.has(counterpartPath(parseFilePath(f.path)))));
}

/** The record's word against the manifest's, before the bytes it speaks of are loaded. Its bytes; null when it speaks of nothing in the package. */
async function agreeingRecord(
  client: MunimentClient,
  packageId: string,
  record: ManifestFile,
  manifest: Manifest,
): Promise<Uint8Array | null> {
  const subject = manifest.files.find((f) => f.path === counterpartPath(parseFilePath(record.path)));
  if (subject === undefined) return null;
  const bytes = await provenRecord(client, packageId, record);
  const { digest, blake3, size, path } = subject;
  assertMetaAgrees(declarationOf(parseMeta(bytes)), path, { sha256: parseSha256(digest), blake3, size });
  return bytes;
}

interface Target {
  readonly directory: string;
  /** Path below it. */
  readonly as: string;
}

/** The path comes from a server: it is checked again before it names anything on this disk. */
function placeOf({ directory, as }: Target): string {
  return join(directory, ...parseFilePath(as).split('/'));
}

async function bring(
  client: MunimentClient,
  packageId: string,
  file: ManifestFile,
  target: Target,
  bar: TransferBar,
  signal: AbortSignal,
): Promise<FetchedFile> {
  const to = placeOf(target);
  const sha256 = parseSha256(file.digest);
  const saved = { path: file.path, saved_as: to, size: file.size, sha256 };
  if (await isAlreadyHere(to, file.size, sha256)) return { ...saved, downloaded: false };
  bar.begin(file.path, file.size);
  try {
    await client.downloadFile({ packageId, path: file.path, to, sha256, signal, onProgress: (done) => bar.at(done) });
  } catch (error) {
    if (error instanceof ConnectionError || (error instanceof ApiError && error.status >= 500)) {
      throw new CliError('download_failed', `${file.path} could not be loaded: ${error.message}. Run the same command again.`, {
        path: file.path,
      });
    }
    throw error;
  } finally {
    bar.end();
  }
  return { ...saved, downloaded: true };
}

async function isAlreadyHere(path: string, size: number, sha256: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size === size && (await identifyFile(path)).sha256 === sha256;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
