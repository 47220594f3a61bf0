import path from 'node:path';
import { expect } from '@jest/globals';
import type { Instant } from '@muniment/domain';
import { parseCheckpoint, verifierKey } from '@muniment/formats';
import { noteSigners, openKeyring } from '@muniment/signing';
import pg from 'pg';
import { startArchive, type ArchiveUnderTest, type ServiceName } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { eventually } from '../stack/left-behind.js';

/** A running archive whose log is signed. */
export class SignedLog {
  readonly api: Caller;

  private constructor(
    readonly archive: ArchiveUnderTest,
    /** Verifier key of the log. */
    readonly key: string,
  ) {
    this.api = new Caller(archive.url, archive.token);
  }

  static async start(services: readonly ServiceName[]): Promise<SignedLog> {
    const archive = await startArchive({ services });
    const keyring = await openKeyring(path.join(archive.directory, 'keys'));
    const [signer] = noteSigners(keyring, new Date().toISOString() as Instant);
    if (signer === undefined) throw new Error('the signer made no key for the log');
    return new SignedLog(archive, verifierKey(signer));
  }

  /** A path in the archive's own directory, which goes with it. */
  file(name: string): string {
    return path.join(this.archive.directory, name);
  }

  /** Runs the command line with the archive's address and token. */
  run(...args: readonly string[]): Promise<CommandRun> {
    return runCommandLine(this.archive, args);
  }

  /** What the archive answers as text. */
  async text(address: string): Promise<string> {
    const answer = await this.api.get(address, { accept: 'text/plain' });
    expect([address, answer.status]).toEqual([address, 200]);
    return answer.bytes.toString('utf8');
  }

  /** Events there are, numbered or not yet. */
  async head(): Promise<number> {
    const { rows } = await this.sql('select count(*) as events from events');
    return Number(rows[0]?.['events']);
  }

  /** Waits until a checkpoint covers every event there is now; answers it. `query` chooses among checkpoints. */
  async covered(query = ''): Promise<string> {
    const head = await this.head();
    let note = '';
    await eventually(`a checkpoint of ${head}`, async () => {
      const answer = await this.api.get(`/log/checkpoint${query}`);
      note = answer.bytes.toString('utf8');
      return answer.status === 200 && parseCheckpoint(note).size >= head;
    });
    return note;
  }

  /** As the owner of the tables. */
  async sql(statements: string) {
    const client = new pg.Client({ connectionString: this.archive.ownerUrl });
    await client.connect();
    try {
      return await client.query<Record<string, unknown>>(statements);
    } finally {
      await client.end();
    }
  }

  stop(): Promise<void> {
    return this.archive.stop();
  }
}
