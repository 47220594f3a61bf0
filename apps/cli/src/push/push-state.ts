import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CreatePackageBody } from '@muniment/contracts';
import { readIfThere } from '../files/read-if-there.js';
import { writeWhole } from '../files/write-whole.js';
import type { Surroundings } from '../surroundings.js';
import type { PreparedFile } from './prepare-files.js';

/** What an interrupted push leaves for the next one. Losing it costs bytes sent again, never a duplicate. */
export interface PushMemory {
  readonly packageId: string | null;
  /** Path in the package -> address of a resumable upload. */
  readonly uploads: Readonly<Record<string, string>>;
}

const nothing: PushMemory = { packageId: null, uploads: {} };

/** `--resume-state`, else `<XDG_CACHE_HOME or ~/.cache>/muniment/push`. */
export function stateDirectory(flag: string | undefined, { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): string {
  if (flag !== undefined && flag !== '') return resolve(cwd, flag);
  const cache = env['XDG_CACHE_HOME'];
  const home = homedir();
  const base = cache !== undefined && cache !== '' ? cache : home === '' || home === '/' ? tmpdir() : join(home, '.cache');
  return join(base, 'muniment', 'push');
}

/** Digest of what a push is: where it goes and every byte of it, companion records aside. Equal pushes have equal keys on every machine. */
export function pushKey(body: CreatePackageBody, files: readonly PreparedFile[]): string {
  const content = files.filter((f) => !f.companion).map((f) => [f.path, f.blob.sha256, f.blob.size]);
  return createHash('sha256')
    .update(JSON.stringify([body, content]))
    .digest('hex');
}

/**
 * The memory of one push, kept in one small file that is replaced whole. Where it cannot be kept (a container whose file system is read-only), the push goes on
 * and `tell` hears about it, once.
 */
export class PushState {
  private unkept = false;

  private constructor(
    private readonly path: string,
    private memory: PushMemory,
    private readonly tell: (notice: string) => void,
  ) {}

  static async load(directory: string, key: string, tell: (notice: string) => void): Promise<PushState> {
    const state = new PushState(join(directory, `${key}.json`), nothing, tell);
    await state.orWithout(async () => {
      const bytes = await readIfThere(state.path);
      if (bytes !== null) state.memory = memoryOf(Buffer.from(bytes).toString('utf8'));
    });
    return state;
  }

  get packageId(): string | null {
    return this.memory.packageId;
  }

  uploadOf(path: string): string | undefined {
    return Object.hasOwn(this.memory.uploads, path) ? this.memory.uploads[path] : undefined;
  }

  /** Upload addresses belong to one package; another package starts with none. */
  async rememberPackage(packageId: string): Promise<void> {
    if (this.memory.packageId === packageId) return;
    await this.save({ packageId, uploads: {} });
  }

  async rememberUpload(path: string, address: string): Promise<void> {
    await this.save({ ...this.memory, uploads: { ...this.memory.uploads, [path]: address } });
  }

  /** The push is through. */
  async forget(): Promise<void> {
    this.memory = nothing;
    await this.orWithout(() => rm(this.path, { force: true }));
  }

  private async save(memory: PushMemory): Promise<void> {
    this.memory = memory;
    await this.orWithout(() => writeWhole(this.path, JSON.stringify(memory), { mode: 0o600 }));
  }

  private async orWithout(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (this.unkept) return;
      this.unkept = true;
      this.tell(
        `an interrupted push could not be continued, because its state cannot be written (${error.message}); --resume-state names another place`,
      );
    }
  }
}

/** What the operating system refuses. Told by shape: errors may come from another realm. */
function isSystemError(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'message' in error;
}

/** A damaged memory is no memory: pushing again is always safe. */
function memoryOf(text: string): PushMemory {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('packageId' in value) || !('uploads' in value)) return nothing;
    const { packageId, uploads } = value;
    if ((packageId !== null && typeof packageId !== 'string') || typeof uploads !== 'object' || uploads === null) return nothing;
    const addresses = Object.entries(uploads).filter((e): e is [string, string] => typeof e[1] === 'string');
    return { packageId, uploads: Object.fromEntries(addresses) };
  } catch {
    return nothing;
  }
}
