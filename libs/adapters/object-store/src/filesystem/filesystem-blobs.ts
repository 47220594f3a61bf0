import { createHash, randomUUID } from 'node:crypto';
import { link, open, readdir, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '@muniment/domain';
import {
  BytesMissing,
  type BlobPromoter,
  type BlobReader,
  type BlobRemover,
  type ByteRange,
  type OpenBytes,
  type StoredBlob,
} from '@muniment/application';
import { addressedBlob } from '../bytes/names.js';
import { systemCode } from '../bytes/system-code.js';
import { removed, unlessAbsent } from './absence.js';
import { openFile } from './file-bytes.js';
import type { Layout } from './layout.js';
import { cannotBeLinked, copyOver } from './second-names.js';

/** Deletions on their way at once: enough to fill the thread pool, not to drown it. */
const removalWidth = 8;

/** Blobs as files under their content address. A name there is always a whole, synced file: names are made by link or rename only. */
export class FilesystemBlobs implements BlobReader, BlobPromoter, BlobRemover {
  readonly backend = 'filesystem';

  constructor(private readonly layout: Layout) {}

  async openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return openFile(this.layout.blob(sha256), range);
  }

  async localBlob(sha256: Sha256): Promise<string | null> {
    const path = this.layout.blob(sha256);
    return (await unlessAbsent(stat(path))) === null ? null : path;
  }

  async promote(key: string, sha256: Sha256, size: number): Promise<void> {
    const source = this.layout.staged(key);
    const target = this.layout.blob(sha256);
    await this.layout.ready();
    const staged = await unlessAbsent(stat(source));
    if (staged === null) await this.#assertBlob(target, size);
    else {
      assertSize(staged.size, size);
      await this.layout.makeShard(target);
      await this.#place(source, target);
    }
    // Always: a racing or killed caller may have made the name without having synced it.
    await this.layout.syncShard(target);
  }

  /** {@link promote} for staged bytes that are in memory; null: they are not there any more. */
  async promoteBytes(bytes: Uint8Array | null, sha256: Sha256, size: number): Promise<void> {
    const target = this.layout.blob(sha256);
    if (bytes !== null) {
      assertSize(bytes.length, size);
      return this.putBlob(sha256, bytes);
    }
    await this.#assertBlob(target, size);
    await this.layout.syncShard(target);
  }

  async putBlob(sha256: Sha256, bytes: Uint8Array): Promise<void> {
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('The bytes do not have the digest they are named by.');
    const target = this.layout.blob(sha256);
    await this.layout.ready();
    const temporary = join(this.layout.staging, `put-${randomUUID()}`);
    const handle = await open(temporary, 'wx', 0o640);
    try {
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.layout.makeShard(target);
      await this.#place(temporary, target);
      await this.layout.syncShard(target);
    } finally {
      await removed(temporary);
    }
  }

  async removeBlobs(sha256s: readonly Sha256[]): Promise<void> {
    const paths = sha256s.map((sha256) => this.layout.blob(sha256));
    for (let from = 0; from < paths.length; from += removalWidth) {
      await Promise.all(paths.slice(from, from + removalWidth).map(removed));
    }
  }

  async *listBlobs(olderThan: Date): AsyncGenerator<StoredBlob> {
    if ((await unlessAbsent(stat(this.layout.blobs))) === null) return;
    for await (const path of filesBelow(this.layout.blobs, 2)) {
      const sha256 = addressedBlob(path);
      if (sha256 === null) continue;
      // Change time, not modification time: linking into place makes old staged bytes a fresh blob.
      const found = await unlessAbsent(stat(path));
      if (found !== null && found.ctimeMs < olderThan.getTime()) yield { sha256, size: found.size, changed: found.ctime };
    }
  }

  async #assertBlob(target: string, size: number): Promise<void> {
    const blob = await unlessAbsent(stat(target));
    if (blob?.size !== size) throw new BytesMissing('Neither staged bytes nor a blob of that size: nothing to promote.');
  }

  /** Gives the finished file `source` the name `target` as well. */
  async #place(source: string, target: string): Promise<void> {
    try {
      await link(source, target);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return this.#replace(source, target);
      return this.#copyUnlessLinked(error, source, target);
    }
  }

  /**
   * The blob is there already, but nobody has looked at its bytes, and those of `source` were just verified: they take its place. This also makes it young, so that
   * the orphan reaper does not take it before its new reference commits. Who reads the old one reads on.
   */
  async #replace(source: string, target: string): Promise<void> {
    const temporary = join(this.layout.staging, `copy-${randomUUID()}`);
    try {
      await link(source, temporary);
      const now = new Date();
      await utimes(temporary, now, now);
      await rename(temporary, target);
    } catch (error) {
      await this.#copyUnlessLinked(error, source, target);
    } finally {
      // When both are the same file already, rename does nothing and leaves the other name (POSIX).
      await removed(temporary);
    }
  }

  /** For file systems without hard links, and for files with too many. */
  async #copyUnlessLinked(error: unknown, source: string, target: string): Promise<void> {
    if (!cannotBeLinked(error)) throw error;
    await copyOver(source, target, this.layout.staging);
  }
}

function assertSize(staged: number, expected: number): void {
  if (staged !== expected) throw new Error(`The staged bytes are ${staged} long, not ${expected}: not promoted.`);
}

/** Files exactly `depth` folders below `directory` in order of their names, one folder in memory at a time. */
async function* filesBelow(directory: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (depth === 0 && entry.isFile()) yield path;
    if (depth > 0 && entry.isDirectory()) yield* filesBelow(path, depth - 1);
  }
}
