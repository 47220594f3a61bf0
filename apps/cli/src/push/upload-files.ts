import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, fileSource, type MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import { CliError } from '../exit-codes.js';
import { alreadyThere } from './find-existing.js';
import type { PreparedFile } from './prepare-files.js';
import type { PushState } from './push-state.js';
import type { TransferBar } from './transfer-bar.js';

/** Files from this size on are sent resumably. Below, sending again is cheaper than asking how far it came. */
export const resumableFrom = 8 * 1024 * 1024;

/** How long the archive may take to show a file whose last byte it acknowledged. */
const commitPatienceMs = 60_000;

export interface UploadContext {
  readonly client: MunimentClient;
  readonly state: PushState;
  readonly bar: TransferBar;
  readonly signal: AbortSignal;
  readonly notices: string[];
}

/** Sends what the package does not have yet. Returns how many files were sent. */
export async function uploadFiles(context: UploadContext, pkg: PackageAnswer, files: readonly PreparedFile[]): Promise<number> {
  const missing = files.filter((f) => !alreadyThere(pkg, f));
  for (const file of missing) {
    context.bar.begin(file.path, file.blob.size);
    try {
      if (file.blob.size < resumableFrom) await put(context, pkg.id, file);
      else await sendResumably(context, pkg.id, file);
    } finally {
      context.bar.end();
    }
  }
  return missing.length;
}

async function put({ client, bar, signal, notices }: UploadContext, packageId: string, file: PreparedFile): Promise<void> {
  const source = await fileSource(file.absolute);
  try {
    await client.putFile({
      packageId,
      path: file.path,
      source,
      mediaType: file.mediaType,
      sha256: file.blob.sha256,
      signal,
      onProgress: (done) => bar.at(done),
    });
  } catch (error) {
    // Another push of the same bytes was faster with its record; that record stays.
    if (!file.companion || !(error instanceof ApiError) || error.code !== 'path_conflict') throw error;
    notices.push(`the archive already has another record at ${file.path}; it stays as it is`);
  }
}

async function sendResumably({ client, state, bar, signal }: UploadContext, packageId: string, file: PreparedFile): Promise<void> {
  const remembered = state.uploadOf(file.path);
  const committed = await client.uploadResumable({
    packageId,
    path: file.path,
    source: await fileSource(file.absolute),
    sha256: file.blob.sha256,
    mediaType: file.mediaType,
    ...(remembered === undefined ? {} : { resume: remembered }),
    onAddress: (address) => state.rememberUpload(file.path, address),
    onProgress: (done) => bar.at(done),
    signal,
  });
  if (!committed) await untilCommitted(client, packageId, file, signal);
}

/** The last answer was lost or did not speak of the commit: the package tells. */
async function untilCommitted(client: MunimentClient, packageId: string, file: PreparedFile, signal: AbortSignal): Promise<void> {
  for (const until = Date.now() + commitPatienceMs; Date.now() < until; ) {
    const there = (await client.package(packageId)).files.find((f) => f.path === file.path);
    if (there?.sha256 === file.blob.sha256) return;
    await sleep(500, undefined, { signal });
  }
  throw new CliError(
    'timeout',
    `The archive took every byte of ${file.path} but does not list it. Push again: only what is missing is sent.`,
    {
      package_id: packageId,
      path: file.path,
    },
  );
}
