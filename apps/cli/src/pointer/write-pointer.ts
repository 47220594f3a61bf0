import { join, relative, resolve } from 'node:path';
import type { MunimentClient } from '@muniment/client';
import type { PackageAnswer, Pointer } from '@muniment/contracts';
import { isMetaPath, parseSha256, type Manifest, type ManifestFile } from '@muniment/domain';
import { identify } from '@muniment/formats';
import { CliError } from '../exit-codes.js';
import { readIfThere } from '../files/read-if-there.js';
import { writeWhole } from '../files/write-whole.js';
import { provenManifest } from '../verify/proven-manifest.js';
import { placeInRun, pointerEnding, pointerText, readPointer } from './pointer-file.js';

export interface PointerRequest {
  readonly packageId: string;
  /** The repository's folder of pointers, seen from `cwd`. */
  readonly directory: string;
  readonly cwd: string;
}

/** What stands in the repository now, paths as seen from the working directory. */
export interface WrittenPointer {
  readonly pointer: string;
  readonly records: readonly string[];
}

/**
 * Writes what a repository keeps of a finalized package: its `.meta` records, byte for byte as archived, and after them the pointer (ING-04). Repeating it
 * changes nothing. What is there and says something else is never replaced.
 */
export async function writePointer(client: MunimentClient, { packageId, directory, cwd }: PointerRequest): Promise<WrittenPointer> {
  const pkg = await client.package(packageId);
  const manifest = await provenManifest(client, pkg);
  const place = resolve(cwd, directory, stampOf(pkg));
  const path = join(place, `${fileSafe(pkg.name)}${pointerEnding}`);
  await assertOurs(path, pkg.id);
  const records: string[] = [];
  for (const file of manifest.files.filter((f) => isMetaPath(f.path))) {
    const to = join(place, ...placeInRun(file.path));
    await keepRecord(to, await recordBytes(client, pkg.id, file));
    records.push(relative(cwd, to));
  }
  await writeWhole(path, pointerText(pointerOf(pkg, manifest, client.addressOf(pkg.id))));
  return { pointer: relative(cwd, path), records };
}

function pointerOf(pkg: PackageAnswer, manifest: Manifest, url: string): Pointer {
  const { run } = pkg;
  return {
    pointer_version: 1,
    url,
    package_id: pkg.id,
    repository: pkg.repository,
    name: pkg.name,
    run: run === null ? null : { id: run.id, url: run.url, commit: run.commit },
    created_at: pkg.created_at,
    manifest_digest: pkg.manifest_digest ?? '',
    files: manifest.files.map(({ path, size, digest, blake3 }) => ({ path, size, sha256: parseSha256(digest), blake3 })),
  };
}

/** `<YYYYMMDD>-<run id>`, as runs are staged; packages without a run get their own id. Run ids come from outside: no separators pass. */
function stampOf(pkg: PackageAnswer): string {
  return `${pkg.created_at.slice(0, 10).replaceAll('-', '')}-${fileSafe(pkg.run?.id ?? pkg.id)}`;
}

function fileSafe(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-');
}

async function recordBytes(client: MunimentClient, packageId: string, file: ManifestFile): Promise<Uint8Array> {
  const bytes = await client.fileBytes(packageId, file.path);
  const actual = `sha256:${identify(bytes).sha256}`;
  if (actual === file.digest) return bytes;
  throw new CliError('digest_mismatch', `The archive sent other bytes for ${file.path} than its manifest names. No pointer was written.`, {
    path: file.path,
    expected: file.digest,
    actual,
  });
}

async function assertOurs(path: string, packageId: string): Promise<void> {
  if ((await readIfThere(path)) === null) return;
  const there = await readPointer(path);
  if (there.package_id === packageId) return;
  throw new CliError(
    'check_failed',
    `${path} points to another package of this run and name (${there.package_id}). Move it away, or give another --dir, and write this one again.`,
    { path, there: there.package_id, package_id: packageId },
  );
}

async function keepRecord(to: string, bytes: Uint8Array): Promise<void> {
  const there = await readIfThere(to);
  if (there === null) return writeWhole(to, bytes);
  if (Buffer.from(there).equals(bytes)) return;
  throw new CliError('check_failed', `${to} is not the record that the archive keeps. Move it away and write the pointer again.`, {
    path: to,
  });
}
