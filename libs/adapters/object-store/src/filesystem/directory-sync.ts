import { open } from 'node:fs/promises';

interface Round {
  readonly running: Promise<void>;
  next: Promise<void> | null;
}

/**
 * fsync of directories, shared by callers: whoever asks while one is running joins the next one, which starts after their change was made and so
 * covers it. Eight concurrent uploads into one folder then cost two syncs, not eight.
 */
export class DirectorySync {
  readonly #rounds = new Map<string, Round>();

  /** Resolves when every entry made in `directory` before the call is durable. */
  sync(directory: string): Promise<void> {
    const round = this.#rounds.get(directory);
    if (round === undefined) return this.#start(directory);
    round.next ??= round.running.then(
      () => this.#start(directory),
      () => this.#start(directory),
    );
    return round.next;
  }

  #start(directory: string): Promise<void> {
    const running = syncDirectory(directory).finally(() => {
      const round = this.#rounds.get(directory);
      // A waiting round replaces this entry itself when it starts.
      if (round?.running === running && round.next === null) this.#rounds.delete(directory);
    });
    this.#rounds.set(directory, { running, next: null });
    return running;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
