import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { hasCode } from '../files/read-if-there.js';
import { writeWhole } from '../files/write-whole.js';
import type { Surroundings } from '../surroundings.js';

const archive = z.object({
  /** Key id -> when it was told of first, RFC 3339. */
  keys: z.record(z.string(), z.string()),
  /** The newest checkpoint that was believed: a whole note. */
  checkpoint: z.string().nullable(),
  checkpoint_seen_at: z.string().nullable(),
});
const file = z.object({ version: z.literal(1), archives: z.record(z.string(), archive) });

/** What is remembered of an archive since an earlier verification. */
export type KnownArchive = z.output<typeof archive>;

/**
 * What this machine remembers of archives (trust on first use): `muniment/known-archives.json` in the user's configuration directory. Null where the
 * environment names no such directory, and for archives on this machine, which come and go.
 */
export class KnownArchives {
  private constructor(
    readonly path: string,
    private readonly address: string,
  ) {}

  static at(url: string, { env }: Pick<Surroundings, 'env'>): KnownArchives | null {
    const { hostname, origin, pathname } = new URL(url);
    const home = env['HOME'] ?? '';
    const config = env['XDG_CONFIG_HOME'] ?? (home === '' ? '' : join(home, '.config'));
    if (config === '' || /^(?:localhost|127\..*|\[::1\])$/.test(hostname)) return null;
    return new KnownArchives(join(config, 'muniment', 'known-archives.json'), origin + pathname.replace(/\/+$/, ''));
  }

  /** Null when the archive is new here. Throws when the file is damaged: to forget in silence would undo what it is for. */
  async recall(): Promise<KnownArchive | null> {
    return (await this.read()).archives[this.address] ?? null;
  }

  /** Another run at the same time may win; what is lost is remembered the next time. */
  async remember(known: KnownArchive): Promise<void> {
    const { archives } = await this.read();
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify({ version: 1, archives: { ...archives, [this.address]: known } }, null, 2)}\n`;
    await writeWhole(this.path, text, { mode: 0o600 });
  }

  private async read(): Promise<z.output<typeof file>> {
    try {
      return file.parse(JSON.parse(await readFile(this.path, 'utf8')));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return { version: 1, archives: {} };
      throw new Error(`${this.path} cannot be read (${error instanceof Error ? error.message : String(error)}). Repair it or remove it.`);
    }
  }
}
