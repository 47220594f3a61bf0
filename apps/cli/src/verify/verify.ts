import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MunimentClient } from '@muniment/client';
import { isMetaPath } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { identifyFile } from '../meta/identify-file.js';
import { hasCode } from '../meta/write-meta-file.js';
import { collectFiles } from '../push/collect-files.js';
import type { Surroundings } from '../surroundings.js';
import { CheckList, type VerifyReport } from './checks.js';
import { readManifest } from './read-manifest.js';
import { verifyLocal } from './verify-local.js';
import { verifyAgainstManifest, verifyPackage } from './verify-package.js';

export interface VerifyRequest {
  /** A file, a directory or a package id. */
  readonly target: string;
  /** Package whose manifest local files are compared with, after their `.meta`. */
  readonly packageId?: string;
  readonly download: boolean;
  readonly onFile?: (path: string) => void;
}

type Connect = () => Promise<MunimentClient>;

const packageIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The server is spoken to only when the target or `packageId` asks for it, and never before the local checks passed. */
export async function verify(connect: Connect, request: VerifyRequest, surroundings: Surroundings): Promise<VerifyReport> {
  if (await exists(resolve(surroundings.cwd, request.target))) return verifyFiles(connect, request, surroundings);
  if (!packageIdPattern.test(request.target)) {
    throw new CliError('usage', `${request.target} is neither a file here nor a package id. Give a path, or the id from a receipt.`);
  }
  const list = new CheckList();
  const client = await connect();
  const pkg = await client.package(request.target);
  const manifest = await readManifest(client, pkg, list);
  if (manifest !== null) {
    await verifyPackage(client, pkg, manifest, list, {
      download: request.download,
      signal: surroundings.signal,
      ...(request.onFile === undefined ? {} : { onFile: request.onFile }),
    });
  }
  const notices = request.download ? [] : ['stored bytes were not read back; --download does that'];
  return report(request.target, pkg.id, pkg.manifest_digest ?? null, list, notices);
}

async function verifyFiles(connect: Connect, request: VerifyRequest, surroundings: Surroundings): Promise<VerifyReport> {
  const list = new CheckList();
  const target = isMetaPath(request.target) ? request.target.slice(0, -'.meta'.length) : request.target;
  const { files } = await collectFiles(target, surroundings.cwd);
  const local = await verifyLocal(files, list);
  const { packageId } = request;
  if (packageId === undefined || list.failed.length > 0) {
    if (list.checks.length === 0) {
      list.holds('meta.present', request.target, false, 'no .meta record stands beside it; give --package ID to check against the archive');
    }
    return report(request.target, null, null, list, local.notices);
  }
  const client = await connect();
  const pkg = await client.package(packageId);
  const manifest = await readManifest(client, pkg, list);
  if (manifest !== null) {
    const identities = new Map(local.identities);
    for (const file of files) if (!identities.has(file.path)) identities.set(file.path, await identifyFile(file.absolute));
    verifyAgainstManifest(identities, manifest, list);
  }
  return report(request.target, pkg.id, pkg.manifest_digest ?? null, list, []);
}

function report(
  target: string,
  packageId: string | null,
  manifestDigest: string | null,
  list: CheckList,
  notices: readonly string[],
): VerifyReport {
  const verified = list.failed.length === 0 && list.checks.length > 0;
  return { verified, target, package_id: packageId, manifest_digest: manifestDigest, checks: list.checks, notices };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
