import { join, relative, resolve } from 'node:path';
import type { MunimentClient } from '@muniment/client';
import type { Pointer } from '@muniment/contracts';
import { isMetaPath, parseSha256, type Manifest } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { fileSafe } from '../files/file-safe.js';
import { readIfThere } from '../files/read-if-there.js';
import { writeWhole } from '../files/write-whole.js';
import { provenManifest } from '../verify/proven-manifest.js';
import { provenRecord } from '../verify/proven-record.js';
import { checkedPointer, placeInRun, pointerEnding, pointerText, readPointer } from './pointer-file.js';

/** Which package, and where its pointer goes. */
export interface PointerRequest {
  readonly packageId: string;
  /** The repository's folder of pointers, seen from `cwd`. */
  readonly directory: string;
  readonly cwd: string;
}

/** What stands in the repository now, paths as seen from the working directory. */
export interface WrittenPointer {
  readonly path: string;
  readonly records: readonly string[];
}

/**
 * Writes what a repository keeps of a finalized package: its `.meta` records, byte for byte as archived, and after them the pointer (ING-04). Repeating it
 * changes nothing but the address, when the archive has another one now. What is there and says something else is never replaced.
 */
export async function writePointer(client: MunimentClient, { packageId, directory, cwd }: PointerRequest): Promise<WrittenPointer> {
  const answer = await client.package(packageId);
  const manifest = await provenManifest(client, answer);
  const pointer = pointerOf(manifest, answer.manifest_digest, client.addressOf(packageId));
  const place = resolve(cwd, directory, stampOf(pointer));
  const path = join(place, `${fileSafe(pointer.name)}${pointerEnding}`);
  await assertOurs(path, pointer);
  const records: string[] = [];
  for (const file of manifest.files.filter((f) => isMetaPath(f.path))) {
    const to = join(place, ...placeInRun(file.path));
    await keepRecord(to, await provenRecord(client, packageId, file));
    records.push(relative(cwd, to));
  }
  await writeWhole(path, pointerText(pointer));
  return { path: relative(cwd, path), records };
}

/** All of it from the manifest, which its digest proves, and checked like one that comes from git: it names files here. */
function pointerOf(manifest: Manifest, digest: string | undefined, url: string): Pointer {
  const { package_id, repository, name, run, created_at } = manifest.package;
  const content = {
    pointer_version: 1,
    url,
    package_id,
    repository,
    name,
    run: run === null ? null : { id: run.id, url: run.url, commit: run.commit },
    created_at,
    manifest_digest: digest,
    files: manifest.files.map(({ path, size, digest: sha256, blake3 }) => ({ path, size, sha256: parseSha256(sha256), blake3 })),
  };
  return checkedPointer(
    content,
    (why) => new CliError('check_failed', `Package ${package_id} cannot be pointed to: ${why}.`, { package_id }),
  );
}

/** `<YYYYMMDD>-<run id>`, as runs are staged; packages without a run get their own id. */
function stampOf({ created_at, run, package_id }: Pointer): string {
  return `${created_at.slice(0, 10).replaceAll('-', '')}-${fileSafe(run?.id ?? package_id)}`;
}

async function assertOurs(path: string, { package_id, manifest_digest }: Pointer): Promise<void> {
  if ((await readIfThere(path)) === null) return;
  const there = await readPointer(path);
  if (there.package_id === package_id && there.manifest_digest === manifest_digest) return;
  const other = there.package_id === package_id ? 'another manifest of this package' : 'another package of this run and name';
  throw new CliError(
    'check_failed',
    `${path} points to ${other} (${there.package_id}). Move it away, or give another folder, and write this one again.`,
    {
      path,
      there: { package_id: there.package_id, manifest_digest: there.manifest_digest },
      package_id,
      manifest_digest,
    },
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
