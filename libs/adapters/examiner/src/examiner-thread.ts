import { Worker } from 'node:worker_threads';
import { Refusal, type Examination } from '@muniment/domain';
import type { StoredBytes } from '@muniment/application';
import type { ExamineCommand, FromWorker, OutcomeRecord, ToWorker } from './messages.js';
import { StreamSender } from './stream-sender.js';

interface Current {
  readonly sender: StreamSender | null;
  readonly resolve: (examination: Examination) => void;
  readonly reject: (error: Error) => void;
}

/** A file, and how it is to be examined. */
export interface ExaminedFile extends Omit<ExamineCommand, 'kind' | 'localPath'> {
  readonly bytes: StoredBytes;
}

/** One worker thread and the examination it is busy with. */
export class ExaminerThread {
  readonly #worker: Worker;
  #current: Current | null = null;
  #dead = false;

  constructor(file: URL, scratchDirectory: string) {
    this.#worker = new Worker(file, { workerData: { scratchDirectory }, name: 'examiner' });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#die(new Error(`The examiner thread ended with code ${code}`)));
    // an idle thread must not keep a process alive that forgot to close it
    this.#worker.unref();
  }

  /** True once the thread is gone; a new one must take its place. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Examines one file; the caller waits for the answer before the next. */
  examine({ bytes, ...how }: ExaminedFile): Promise<Examination> {
    return new Promise((resolve, reject) => {
      const sender = 'localPath' in bytes ? null : new StreamSender(bytes, (message, moved) => this.#post(message, moved));
      this.#current = { sender, resolve, reject };
      this.#worker.ref();
      this.#post({ kind: 'examine', localPath: 'localPath' in bytes ? bytes.localPath : null, ...how }, []);
      void sender?.send();
    });
  }

  async close(): Promise<void> {
    this.#dead = true;
    await this.#worker.terminate();
  }

  #post(message: ToWorker, moved: readonly ArrayBuffer[]): void {
    if (!this.#dead) this.#worker.postMessage(message, moved);
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'freed') {
      this.#current?.sender?.freed(message.slot);
      return;
    }
    const current = this.#end();
    if (message.kind === 'examined') current?.resolve({ stored: message.stored, outcome: revive(message.outcome) });
    else current?.reject(current.sender?.fault ?? new Error(message.message));
  }

  #die(error: Error): void {
    this.#dead = true;
    this.#end()?.reject(error);
  }

  #end(): Current | null {
    const current = this.#current;
    this.#current = null;
    current?.sender?.stop();
    this.#worker.unref();
    return current;
  }
}

function revive(outcome: OutcomeRecord): Examination['outcome'] {
  if ('inspection' in outcome) return outcome;
  const { code, message, facts } = outcome.refusal;
  return { refusal: new Refusal(code, message, facts) };
}
