import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Sha256 } from '@muniment/domain';
import { blobAddress, stagedId } from '../bytes/names.js';
import { DirectorySync } from './directory-sync.js';

/**
 * Where things lie below the root: `muniment-store.json`, `sha256/ab/cd/<hex>` for blobs, `staging/<id>` for complete staged bytes, `staging/<id>.part` while they
 * arrive. A name without `.part` is therefore always whole, whatever was killed.
 */
export class Layout {
  readonly root: string;
  readonly staging: string;
  readonly blobs: string;
  readonly directories = new DirectorySync();
  /** Shards whose own entries this process has made durable; at most 65,536 and their 256 parents. */
  readonly #durable = new Set<string>();
  #ready: Promise<void> | null = null;

  constructor(root: string) {
    this.root = resolve(root);
    this.staging = join(this.root, 'staging');
    this.blobs = join(this.root, 'sha256');
  }

  staged(key: string): string {
    return join(this.staging, stagedId(key));
  }

  partial(key: string): string {
    return `${this.staged(key)}.part`;
  }

  blob(sha256: Sha256): string {
    return join(this.root, blobAddress(sha256));
  }

  /** Creates the two folders once per process. A failure is not remembered: the next call tries again. */
  ready(): Promise<void> {
    this.#ready ??= this.#create().catch((error: unknown) => {
      this.#ready = null;
      throw error;
    });
    return this.#ready;
  }

  async #create(): Promise<void> {
    await mkdir(this.staging, { recursive: true, mode: 0o750 });
    await mkdir(this.blobs, { recursive: true, mode: 0o750 });
    await this.directories.sync(this.root);
    await this.directories.sync(dirname(this.root));
  }

  /** Makes sure the folder of a blob exists. */
  async makeShard(path: string): Promise<void> {
    if (!this.#durable.has(dirname(path))) await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  }

  /**
   * Makes a blob's name durable. The first time this process touches a shard it syncs the folders above too, even if they existed: their
   * creator may be another process that has not come to its own sync yet.
   */
  async syncShard(path: string): Promise<void> {
    const shard = dirname(path);
    const parent = dirname(shard);
    const syncs = [this.directories.sync(shard)];
    if (!this.#durable.has(shard)) syncs.push(this.directories.sync(parent));
    if (!this.#durable.has(parent)) syncs.push(this.directories.sync(this.blobs));
    await Promise.all(syncs);
    this.#durable.add(shard).add(parent);
  }
}
