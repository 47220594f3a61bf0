import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import { isMetaPath, type Manifest } from '@muniment/domain';
import { CheckList, fileOf, unmetDemands } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import { identifyFile } from '../meta/identify-file.js';
import { hasCode } from '../files/read-if-there.js';
import { collectFiles, type CollectedFile } from '../push/collect-files.js';
import { leftOutNotice } from '../push/left-out.js';
import type { Surroundings } from '../surroundings.js';
import { archiveWord } from './archive-word.js';
import type { VerifyReport } from './checks.js';
import { KnownArchives } from './known-archives.js';
import { readManifest } from './read-manifest.js';
import type { Brought } from './trust-options.js';
import { verifyEvidence, type EvidenceRequest } from './verify-evidence.js';
import { verifyLocal } from './verify-local.js';
import { verifyAgainstManifest, verifyPackage } from './verify-package.js';

export interface VerifyRequest {
  /** A file, a directory or a package id. */
  readonly target: string;
  /** Package whose manifest local files are compared with, after their `.meta`. */
  readonly packageId?: string;
  readonly download: boolean;
  readonly brought: Brought;
  /** Whether to remember the archive's keys and checkpoint, and to compare with what is remembered. */
  readonly memory: boolean;
  readonly onFile?: (path: string) => void;
}

export interface Connection {
  readonly client: MunimentClient;
  readonly url: string;
}
type Connect = () => Promise<Connection>;

const packageIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The server is spoken to only when the target or `packageId` asks for it, and never before the local checks passed. */
export async function verify(connect: Connect, request: VerifyRequest, surroundings: Surroundings): Promise<VerifyReport> {
  if (await exists(resolve(surroundings.cwd, request.target))) return verifyFiles(connect, request, surroundings);
  if (!packageIdPattern.test(request.target)) {
    throw new CliError('usage', `${request.target} is neither a file here nor a package id. Give a path, or the id from a receipt.`);
  }
  const list = new CheckList();
  const connection = await connect();
  const { client, url } = connection;
  const pkg = await client.package(request.target);
  const manifest = await readManifest(client, pkg, archiveWord(url), list);
  if (manifest !== null) {
    const evidence = evidenceRequest(connection, pkg, manifest, request, surroundings);
    await verifyEvidence(client, evidence, list, (signatures) =>
      verifyPackage(client, pkg, manifest, list, {
        download: request.download,
        signal: surroundings.signal,
        onBytes: (path, absolute) => signatures.check(path, absolute),
        ...(request.onFile === undefined ? {} : { onFile: request.onFile }),
      }),
    );
  }
  const notices = request.download ? [] : ['stored bytes were not read back; --download does that'];
  return reportOf(request, pkg, list, notices);
}

async function verifyFiles(connect: Connect, request: VerifyRequest, surroundings: Surroundings): Promise<VerifyReport> {
  const list = new CheckList();
  const target = isMetaPath(request.target) ? request.target.slice(0, -'.meta'.length) : request.target;
  const { files, leftOut } = await collectFiles(target, surroundings.cwd);
  const local = await verifyLocal(files, list);
  const { packageId } = request;
  const special = leftOut.filter(({ why }) => why === 'special').map(({ path }) => path);
  if (packageId === undefined) failUnvouched(request.target, local.unrecorded, special, list);
  const told = leftOut.filter(({ why }) => packageId !== undefined || why !== 'special').map(leftOutNotice);
  if (packageId === undefined || list.failed.length > 0) return reportOf(request, null, list, [...local.notices, ...told]);
  const connection = await connect();
  const { client, url } = connection;
  const pkg = await client.package(packageId);
  const manifest = await readManifest(client, pkg, archiveWord(url), list);
  if (manifest !== null) {
    const identities = new Map(local.identities);
    for (const file of files) if (!identities.has(file.path)) identities.set(file.path, await identifyFile(file.absolute));
    verifyAgainstManifest(identities, manifest, list);
    const evidence = evidenceRequest(connection, pkg, manifest, request, surroundings);
    await verifyEvidence(client, evidence, list, (signatures) => checkLocal(files, manifest, (path, from) => signatures.check(path, from)));
  }
  return reportOf(request, pkg, list, told);
}

/** Without a manifest only records vouch for what lies here, and a target that anything else lies in is not verified. */
function failUnvouched(target: string, unrecorded: readonly string[], special: readonly string[], list: CheckList): void {
  const fail = (subject: string, why: string): boolean => list.holds('meta.present', subject, false, why, 'what lies here');
  const how = 'no .meta record stands beside it; give --package ID to check against the archive';
  for (const path of unrecorded) fail(path, how);
  for (const path of special)
    fail(path, 'it is not a regular file, so that no record can vouch for it; remove it, or verify the files one by one');
  if (list.checks.length === 0) fail(target, how);
}

async function checkLocal(
  files: readonly CollectedFile[],
  manifest: Manifest,
  check: (path: string, absolute: string) => Promise<void>,
): Promise<void> {
  for (const { path, absolute } of files) {
    const listed = fileOf(manifest, path);
    if (listed !== undefined) await check(listed.path, absolute);
  }
}

function evidenceRequest(
  { url }: Connection,
  pkg: PackageAnswer,
  manifest: Manifest,
  { brought, memory }: VerifyRequest,
  surroundings: Surroundings,
): EvidenceRequest {
  return {
    url,
    packageId: pkg.id,
    manifest,
    manifestDigest: pkg.manifest_digest ?? '',
    brought,
    known: memory ? KnownArchives.at(url, surroundings) : null,
    now: surroundings.now().toISOString(),
    remedy: 'Verify the file itself with --package, or read the stored bytes back with --download.',
  };
}

function reportOf(request: VerifyRequest, pkg: PackageAnswer | null, list: CheckList, notices: readonly string[]): VerifyReport {
  return finishReport(request.target, pkg?.id ?? null, pkg?.manifest_digest ?? null, list, request.brought.demands, notices);
}

/** Verified: something was looked at, nothing of it failed, and nothing that was asked for is missing. */
export function finishReport(
  target: string,
  packageId: string | null,
  manifestDigest: string | null,
  list: CheckList,
  demands: readonly string[],
  notices: readonly string[],
): VerifyReport {
  const unmet = unmetDemands(list, demands);
  const verified = list.failed.length === 0 && unmet.length === 0 && list.checks.some(({ ok }) => ok);
  return { verified, target, package_id: packageId, manifest_digest: manifestDigest, checks: list.checks, unmet, notices };
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
