import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { ApiError, isAbsent, type MunimentClient } from '@muniment/client';
import type { CreatePackageBody, PackageAnswer } from '@muniment/contracts';
import { ciContext } from '../ci/ci-context.js';
import { gitContext } from '../ci/git.js';
import type { Surroundings } from '../surroundings.js';
import { awaitFinalized } from './await-finalized.js';
import { collectFiles } from './collect-files.js';
import { describePackage, type PushOptions } from './describe-package.js';
import { findExisting, holdsExactly, isGoing } from './find-existing.js';
import { prepareFiles, type PreparedFile } from './prepare-files.js';
import { PushState, pushKey, stateDirectory } from './push-state.js';
import { receiptOf, type Receipt } from './receipt.js';
import { writePointer } from '../pointer/write-pointer.js';
import { readSequence } from './read-sequence.js';
import type { TransferBar } from './transfer-bar.js';
import { uploadFiles } from './upload-files.js';

export interface PushRequest extends PushOptions {
  /** A file or a run directory. */
  readonly target: string;
  readonly writeMeta: boolean;
  readonly finalize: boolean;
  readonly waitSeconds: number;
  readonly resumeState?: string;
  readonly requirements?: string;
  /** Folder of the repository's pointers; the one to this package is written last of all (ING-04). */
  readonly pointers?: string;
}

/**
 * Archives a file or a run directory. Repeating it is harmless at any point: the same content for the same run finds the package of the
 * first time, uploads continue where they stopped, and what is already archived is not sent. The server is looked for only after everything
 * that can be wrong here was checked.
 */
export async function push(
  connect: () => Promise<MunimentClient>,
  request: PushRequest,
  surroundings: Surroundings,
  bar: TransferBar,
): Promise<Receipt> {
  const { cwd, env, signal } = surroundings;
  const absolute = resolve(cwd, request.target);
  const collected = await collectFiles(request.target, cwd);
  const body = describePackage(request, ciContext(env), await gitContext(cwd), { absolute, collected });
  const prepared = await prepareFiles(collected, {
    writeMeta: request.writeMeta,
    cwd,
    now: surroundings.now(),
    ...(body.run === undefined ? {} : { runId: body.run.id }),
    ...(body.run?.commit === undefined ? {} : { commit: body.run.commit }),
    ...(request.requirements === undefined ? {} : { requirements: request.requirements }),
  });
  const client = await connect();
  const key = pushKey(body, prepared.files);
  const notices = [...prepared.notices];
  const state = await PushState.load(stateDirectory(request.resumeState, surroundings), key, (notice) => notices.push(notice));
  const pkg = await openPackage(client, body, prepared.files, state, key);
  if (pkg.retention.retention_class !== body.retention_class) {
    notices.push(`the package keeps the retention class it was opened with (${pkg.retention.retention_class})`);
  }
  if (pkg.retention.eligible_for_deletion) {
    notices.push(`the package is past its retention and may be deleted; "muniment extend ${pkg.id}" keeps it`);
  }
  const finish = async (finalized: PackageAnswer, reused: boolean): Promise<Receipt> => {
    const sequence = await readSequence(client, finalized.id);
    await state.forget();
    const { pointers } = request;
    const pointer = pointers === undefined ? null : await writePointer(client, { packageId: finalized.id, directory: pointers, cwd });
    return receiptOf(finalized, { sequence, reused, notices, pointer });
  };
  if (pkg.state === 'finalized') return finish(pkg, true);
  await state.rememberPackage(pkg.id);
  await uploadFiles({ client, state, bar, signal, notices }, pkg, prepared.files);
  if (!request.finalize) return receiptOf(await client.package(pkg.id), { sequence: null, reused: false, notices, pointer: null });
  return finish(await awaitFinalized(client, pkg.id, request.waitSeconds, signal), false);
}

/** The package of an earlier try, else a new one. The key makes two pushes that race open one package. */
async function openPackage(
  client: MunimentClient,
  body: CreatePackageBody,
  files: readonly PreparedFile[],
  state: PushState,
  key: string,
): Promise<PackageAnswer> {
  const remembered = state.packageId === null ? null : await packageIfThere(client, state.packageId);
  if (remembered !== null && !isGoing(remembered) && (remembered.state === 'created' || holdsExactly(remembered, files))) return remembered;
  const existing = await findExisting(client, body, files);
  if (existing !== null) return existing;
  return createFresh(client, body, `push-${key}`);
}

/** The answer to a repeated key is the package as it was opened: what happened to it since is asked for. One that is going or gone is succeeded. */
async function createFresh(client: MunimentClient, body: CreatePackageBody, key: string): Promise<PackageAnswer> {
  const { id } = await client.createPackage(body, key);
  const pkg = await client.package(id);
  return isGoing(pkg) ? createFresh(client, body, `push-${createHash('sha256').update(`${key} after ${id}`).digest('hex')}`) : pkg;
}

async function packageIfThere(client: MunimentClient, packageId: string): Promise<PackageAnswer | null> {
  try {
    return await client.package(packageId);
  } catch (error) {
    if (isAbsent(error) || (error instanceof ApiError && error.status === 403)) return null;
    throw error;
  }
}
