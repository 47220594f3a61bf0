import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, opendir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BytesMissing, stagingKey, type ByteRange, type OpenBytes, type ResumableStaging, type StagingArea } from '@muniment/application';
import { isStagingKey } from '../bytes/names.js';
import { abortable } from '../bytes/abortable.js';
import { assertAppendOffset, assertTruncation } from '../bytes/offset.js';
import { removed, unlessAbsent } from './absence.js';
import { openFile, writeSource } from './file-bytes.js';
import type { Layout } from './layout.js';
import { copyOver, linked } from './second-names.js';
import { stagedMode } from './staged-mode.js';

const takenMessage = 'The staging key is taken: staged bytes are never replaced.';
const noUpload = 'No unfinished upload lies under this staging key.';
/** Names by which writers hold the file that they write to. */
const writerName = 'writer-';

/** Staged bytes as files: written under `.part`, synced, then renamed, so that a readable staged file is always complete. */
export class FilesystemStaging implements StagingArea, ResumableStaging {
  readonly backend = 'filesystem';

  constructor(private readonly layout: Layout) {}

  async stage(key: string, source: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<{ size: number }> {
    options.signal?.throwIfAborted();
    await this.layout.ready();
    const path = this.layout.partial(key);
    // Exclusive: a second writer of the same key fails here and touches nothing of the first.
    const handle = await open(path, 'wx', stagedMode);
    try {
      const size = await written(handle, abortable(source, options.signal));
      options.signal?.throwIfAborted();
      await this.#reveal(key);
      return { size };
    } catch (error) {
      await removed(path);
      throw error;
    }
  }

  async openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    return openFile(this.layout.staged(key), range);
  }

  async localStaged(key: string): Promise<string | null> {
    const path = this.layout.staged(key);
    return (await unlessAbsent(stat(path))) === null ? null : path;
  }

  async discard(key: string): Promise<void> {
    // A key has one of the two names; should it ever have both, the reaper meets the second one later.
    if (!(await removed(this.layout.staged(key)))) await removed(this.layout.partial(key));
  }

  async *listStaged(olderThan: Date): AsyncGenerator<string> {
    for await (const entry of (await unlessAbsent(opendir(this.layout.staging))) ?? []) {
      const key = stagingKey(entry.name.replace(/\.part$/, ''));
      if (!entry.isFile() || !isStagingKey(key)) continue;
      const found = await unlessAbsent(stat(join(this.layout.staging, entry.name)));
      // As long as the upload goes on, its writers are known by their names, however long they have stood still.
      if (entry.name.startsWith(writerName) && found !== null && found.nlink > 1) continue;
      if (found !== null && found.ctimeMs < olderThan.getTime()) yield key;
    }
  }

  async begin(key: string): Promise<{ handle: null }> {
    const path = this.layout.partial(key);
    await this.layout.ready();
    // Whoever began before and was killed, or answers late, left the same: it stays as it is.
    await (await open(path, 'a', stagedMode)).close();
    await this.layout.directories.sync(this.layout.staging);
    return { handle: null };
  }

  async appendStaged(key: string, _handle: string | null, offset: number, source: AsyncIterable<Uint8Array>): Promise<{ offset: number }> {
    return this.#writing(key, async (file) => {
      assertAppendOffset((await file.stat()).size, offset);
      try {
        return { offset: await writeSource(file, source, offset) };
      } finally {
        // Also when the source broke off: what arrived is worth keeping.
        await file.sync();
      }
    });
  }

  async position(key: string): Promise<number> {
    const complete = await unlessAbsent(stat(this.layout.staged(key)));
    if (complete !== null) return complete.size;
    return this.#withPartial(key, async (file) => {
      // A killed writer may have left bytes only in the page cache: they count once they are synced.
      await file.sync();
      return (await file.stat()).size;
    });
  }

  async truncate(key: string, _handle: string | null, offset: number): Promise<void> {
    await this.#writing(key, async (file) => {
      assertTruncation((await file.stat()).size, offset);
      await file.truncate(offset);
      await file.sync();
    });
  }

  async complete(key: string): Promise<{ size: number }> {
    const path = this.layout.staged(key);
    if ((await unlessAbsent(stat(path))) === null) {
      await this.#withPartial(key, (file) => file.sync());
      await this.#reveal(key);
    } else {
      // Another caller may have renamed and been killed before it synced the folder.
      await this.layout.directories.sync(this.layout.staging);
    }
    await this.#leaveToWriters(path);
    return { size: (await stat(path)).size };
  }

  /** Gives a synced `.part` its final name, durably. */
  async #reveal(key: string): Promise<void> {
    const path = this.layout.staged(key);
    // Whoever holds the .part is the only one who may create the final name, so this check cannot be overtaken. Synchronous: a look-up in a folder that is
    // in memory costs less than a turn through the thread pool, and this is the hot path.
    if (existsSync(path)) throw new Error(takenMessage);
    await rename(this.layout.partial(key), path);
    await this.layout.directories.sync(this.layout.staging);
  }

  /**
   * Opens the unfinished bytes under a name of the writer's own, which goes when it is done. A writer that stood still cannot be told that another one went on and
   * completed the upload, but it can be seen: its file has two names then.
   */
  async #writing<T>(key: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const own = join(this.layout.staging, writerName + randomUUID());
    try {
      const named = await unlessAbsent(linked(this.layout.partial(key), own));
      if (named === null) throw new BytesMissing(noUpload);
      return await withFile(named ? own : this.layout.partial(key), use);
    } finally {
      await removed(own);
    }
  }

  /**
   * What is complete must never change again, and its blob will be the same file. When somebody may still write to it, it is left to them and a copy takes its place.
   * Whoever opened it before it was renamed has a second name for it by now; where files have one name only, nobody knows.
   */
  async #leaveToWriters(path: string): Promise<void> {
    const probe = join(this.layout.staging, `copy-${randomUUID()}`);
    try {
      if ((await stat(path)).nlink === 1 && (await linked(path, probe))) return;
    } finally {
      await removed(probe);
    }
    await copyOver(path, path, this.layout.staging);
    await this.layout.directories.sync(this.layout.staging);
  }

  #withPartial<T>(key: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    return withFile(this.layout.partial(key), use);
  }
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await unlessAbsent(open(path, 'r+'));
  if (file === null) throw new BytesMissing(noUpload);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function written(handle: FileHandle, source: AsyncIterable<Uint8Array>): Promise<number> {
  try {
    const size = await writeSource(handle, source, 0);
    await handle.sync();
    return size;
  } finally {
    await handle.close();
  }
}
