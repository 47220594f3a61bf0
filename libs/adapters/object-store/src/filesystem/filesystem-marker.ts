import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreMarker } from '@muniment/application';
import { markerName, markerText, parseMarker } from '../bytes/marker.js';
import { systemCode } from '../bytes/system-code.js';
import { removed, unlessAbsent } from './absence.js';
import type { Layout } from './layout.js';

/** The marker as a file of the root. It gets its name when it is whole and synced. */
export class FilesystemMarker {
  readonly #path: string;

  constructor(private readonly layout: Layout) {
    this.#path = join(layout.root, markerName);
  }

  async read(): Promise<StoreMarker | null> {
    const text = await unlessAbsent(readFile(this.#path, 'utf8'));
    return text === null ? null : parseMarker(text, this.#path);
  }

  async write(marker: StoreMarker): Promise<StoreMarker> {
    await this.layout.ready();
    const draft = join(this.layout.root, `${markerName}.${randomUUID()}`);
    const handle = await open(draft, 'wx', 0o640);
    try {
      try {
        await handle.writeFile(markerText(marker));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await place(draft, this.#path);
    } finally {
      await removed(draft);
    }
    await this.layout.directories.sync(this.layout.root);
    const there = await this.read();
    if (there === null) throw new Error(`${this.#path} is gone right after it was written.`);
    return there;
  }
}

/** An existing name stays with its file. Without hard links the later of two writers wins, and reads that back. */
async function place(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    await rename(draft, path);
  }
}
