import pg from 'pg';

/** Channel on which a sequencer wakes the listeners of every process. */
export const sequencedChannel = 'muniment_sequenced';

/**
 * Wake-ups between appenders, sequencer and readers. Only hints: whoever is woken reads the log, and whoever may not miss anything also polls.
 * Across processes they travel by NOTIFY, which only the sequencer uses: NOTIFY in the append would make all commits queue behind one lock.
 */
export class LogSignals {
  private readonly appendListeners = new Set<() => void>();
  private readonly sequenceListeners = new Set<() => void>();
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(private readonly databaseUrl: string) {}

  appended(): void {
    for (const listener of this.appendListeners) listener();
  }

  sequenced(): void {
    for (const listener of this.sequenceListeners) listener();
  }

  onAppended(listener: () => void): () => void {
    this.appendListeners.add(listener);
    return () => this.appendListeners.delete(listener);
  }

  onSequenced(listener: () => void): () => void {
    this.sequenceListeners.add(listener);
    return () => this.sequenceListeners.delete(listener);
  }

  /** Starts listening to other processes; a lost connection is made again. */
  async listen(): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl, application_name: 'muniment-listen' });
    client.on('notification', () => this.sequenced());
    const again = (): void => {
      if (this.client === client) this.client = null;
      void client.end().catch(() => undefined); // already broken: nothing is left to end
      if (!this.closed && this.retry === null) {
        this.retry = setTimeout(() => {
          this.retry = null;
          void this.listen();
        }, 1000);
      }
    };
    client.once('error', again);
    try {
      await client.connect();
      await client.query(`listen ${sequencedChannel}`);
      if (this.closed) await client.end();
      else this.client = client;
    } catch {
      // The database is away; readiness reports that, and this tries again.
      again();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    await this.client?.end();
  }
}
