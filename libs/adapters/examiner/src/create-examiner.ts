import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Examination, InspectionLimits } from '@muniment/domain';
import type { Examiner, InspectionPlan, StoredBytes } from '@muniment/application';
import { ExaminerThread } from './examiner-thread.js';

export interface ExaminerOptions {
  /** Files examined at the same time; each takes one core. A large file that is alone takes a second one for its SHA-256. Default: all cores. */
  readonly threads?: number;
  /** Where wheels too large for memory and streamed zip files are kept while they are read. Created when absent; nothing outlives its use. */
  readonly scratchDir: string;
  /** Entry file of the worker threads, for programs bundled into one file; `sha256-thread.js` is looked for beside it. */
  readonly workerFile?: URL;
}

/** The worker is built code; specs that run this file from its source use the built one beside it. */
const defaultWorker = new URL(import.meta.url.endsWith('.ts') ? '../dist/worker.js' : './worker.js', import.meta.url);

/** An {@link Examiner} over a pool of worker threads. Threads start when first needed; one that dies fails its own file only and is replaced. */
export function createExaminer(options: ExaminerOptions): Examiner {
  mkdirSync(options.scratchDir, { recursive: true });
  return new ThreadPool(options.threads ?? availableParallelism(), () => {
    return new ExaminerThread(options.workerFile ?? defaultWorker, options.scratchDir);
  });
}

class ThreadPool implements Examiner {
  #closed = false;
  #started = 0;
  readonly #idle: ExaminerThread[] = [];
  readonly #waiting: ((thread: ExaminerThread) => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    readonly threads: number,
    readonly start: () => ExaminerThread,
  ) {}

  examine(bytes: StoredBytes, plan: InspectionPlan, fileName: string, limits: InspectionLimits): Promise<Examination> {
    if (this.#closed) return Promise.reject(new Error('The examiner is closed'));
    const running = this.#examine(bytes, plan, fileName, limits);
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(settled);
    void settled.then(() => this.#running.delete(settled));
    return running;
  }

  /** Waits for the files that are being examined or wait for a thread, then ends all threads. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#running);
    await Promise.all(this.#idle.splice(0).map((thread) => thread.close()));
  }

  async #examine(bytes: StoredBytes, plan: InspectionPlan, fileName: string, limits: InspectionLimits): Promise<Examination> {
    const thread = await this.#take();
    try {
      // A second core for one file is a core less for another, and costs more than it: bytes go from one core to the other.
      return await thread.examine({ bytes, plan, fileName, limits, secondCore: this.#running.size <= 1 });
    } finally {
      this.#giveBack(thread);
    }
  }

  #take(): Promise<ExaminerThread> {
    const idle = this.#idle.pop();
    if (idle && !idle.dead) return Promise.resolve(idle);
    if (idle) this.#started -= 1;
    if (this.#started < this.threads) {
      this.#started += 1;
      return Promise.resolve(this.start());
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(thread: ExaminerThread): void {
    const next = this.#waiting.shift();
    if (next) next(thread.dead ? this.start() : thread);
    else if (thread.dead) this.#started -= 1;
    else this.#idle.push(thread);
  }
}
