import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArtifactName, type BlobIdentity } from '@muniment/domain';
import { hasCode, readIfThere } from '../files/read-if-there.js';
import { composeMeta } from './compose-meta.js';
import { identifyFile } from './identify-file.js';
import { listWheels } from './list-wheels.js';
import { runnerFacts } from './runner-facts.js';

export interface MetaRequest {
  readonly file: string;
  readonly cwd: string;
  readonly now: Date;
  /** Identity of the file when the caller already read it. */
  readonly blob?: BlobIdentity;
  readonly runId?: string;
  readonly commit?: string;
  readonly requirements?: string;
}

/** The record beside a file, as it is on disk now. `made`: this call wrote it. */
export interface MetaFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly made: boolean;
}

/**
 * Writes `FILE.meta` unless one stands there; an existing record is never touched (MET-12). The record appears whole or not at all, and
 * of two writers at the same time one wins and both return its bytes.
 */
export async function writeMetaFile(request: MetaRequest): Promise<MetaFile> {
  const path = `${request.file}.meta`;
  const existing = await readIfThere(path);
  if (existing !== null) return { path, bytes: existing, made: false };
  const bytes = await recordOf(request);
  const partial = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    await writeFile(partial, bytes, { flag: 'wx', flush: true });
    // A link refuses to replace; a rename would not.
    await link(partial, path);
    return { path, bytes, made: true };
  } catch (error) {
    const winner = hasCode(error, 'EEXIST') ? await readIfThere(path) : null;
    if (winner === null) throw error;
    return { path, bytes: winner, made: false };
  } finally {
    await rm(partial, { force: true });
  }
}

async function recordOf({ file, cwd, now, blob, runId, commit, requirements }: MetaRequest): Promise<Uint8Array> {
  const name = basename(file);
  const { kind } = parseArtifactName(name);
  const [identity, runner, wheels] = await Promise.all([
    blob ?? identifyFile(file),
    runnerFacts(cwd, requirements),
    kind === 'wheelhouse' ? listWheels(file) : null,
  ]);
  return composeMeta({
    name,
    blob: identity,
    createdAt: now,
    ...runner,
    ...(wheels === null ? {} : { wheels }),
    ...(runId === undefined ? {} : { runId }),
    ...(commit === undefined ? {} : { commit }),
  });
}
