import { resolve } from 'node:path';
import { CheckList, checkPack, PinError, type LocalFile } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import { identifyFile } from '../meta/identify-file.js';
import { readAhead } from '../meta/read-ahead.js';
import { collectFiles, type Collected, type CollectedFile } from '../push/collect-files.js';
import { leftOutNotice } from '../push/left-out.js';
import type { Surroundings } from '../surroundings.js';
import type { VerifyReport } from './checks.js';
import type { Brought } from './trust-options.js';
import { finishReport } from './verify.js';

export interface VerifyPackRequest {
  readonly pack: string;
  /** Files here that are to be those of the package in the pack. */
  readonly target?: string;
  readonly brought: Brought;
}

const nothing: Pick<Collected, 'files' | 'leftOut'> = { files: [], leftOut: [] };

/** Verifies an evidence pack offline: no server, no configuration, nothing unpacked. */
export async function verifyPack({ pack, target, brought }: VerifyPackRequest, surroundings: Surroundings): Promise<VerifyReport> {
  const list = new CheckList();
  const absolute = resolve(surroundings.cwd, pack);
  const { files, leftOut } = target === undefined ? nothing : await collectFiles(target, surroundings.cwd);
  const local = await identified(files);
  const request = { open: () => readAhead(absolute), pins: brought.pins, kept: brought.kept, now: surroundings.now().toISOString(), local };
  const checked = await checkPack(request, list).catch((error: unknown) => {
    if (isMissing(error)) throw new CliError('usage', `${pack} cannot be read. Name an evidence pack ("muniment evidence" writes one).`);
    if (error instanceof PinError) throw new CliError('usage', error.message);
    throw error;
  });
  const unpinned = brought.pins.attestation.length === 0 && brought.pins.identity === null;
  const stranger =
    'no attestation key or identity was pinned: anybody could have made this pack. Give --key with a key you got from elsewhere.';
  const notices = [...(unpinned ? [stranger] : []), ...leftOut.map(leftOutNotice)];
  return finishReport(pack, checked?.packageId ?? null, checked?.manifestDigest ?? null, list, brought.demands, notices);
}

async function identified(files: readonly CollectedFile[]): Promise<ReadonlyMap<string, LocalFile>> {
  const found = new Map<string, LocalFile>();
  for (const { path, absolute } of files) found.set(path, { blob: await identifyFile(absolute), open: () => readAhead(absolute) });
  return found;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'EACCES');
}
