import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as the one JSON value it must be. */
  json(): unknown;
}

/** A directory of its own and the command line run inside it, with no environment but the given one. */
export class Scratch {
  private constructor(readonly directory: string) {}

  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'muniment-cli-')));
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Ran> {
    let out = '';
    let err = '';
    const code = await runCommand(args, {
      env: { XDG_CACHE_HOME: this.path('.cache'), ...env },
      cwd: this.directory,
      write: (text) => (out += text),
      writeError: (text) => (err += text),
      terminal: false,
      now: () => new Date('2026-11-21T09:30:00.500Z'),
      signal: signal ?? new AbortController().signal,
    });
    return { code, out, err, json: () => JSON.parse(out) as unknown };
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
