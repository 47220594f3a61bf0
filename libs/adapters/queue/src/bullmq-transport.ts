import { type JobDeclaration, type LaneName, jobs as allJobs, lanes as allLanes } from '@muniment/contracts';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import { jobTransport } from './handle-job.js';
import { checkHandlers } from './handler-table.js';
import type { Verdict } from './judge-attempt.js';
import type { LaneJob, LaneWorker, QueueBackend } from './queue-backend.js';
import type { QueueObserver } from './queue-observer.js';
import { type JobHandler, runAttempt } from './run-attempt.js';
import { settledWithin } from './settled-within.js';

export interface TransportOptions {
  readonly lanes: readonly LaneName[];
  /** Milliseconds after which another worker may take over the job of a killed one. */
  readonly lockMs: number;
  /** Jobs one process runs at once per lane; the lane's own number where absent. */
  readonly concurrency?: Partial<Record<LaneName, number>>;
  /** Milliseconds that close() waits for running jobs. Jobs still running then are taken over by another worker. Default 25000. */
  readonly drainMs?: number;
  readonly observer?: QueueObserver;
  /** All jobs there are; the registry unless a test brings its own. */
  readonly jobs?: readonly JobDeclaration[];
}

/** A datastore that does not answer within this time at start makes the start fail, so that the supervisor sees it. */
const startMs = 30_000;
/** Longest wait for connections to break when jobs did not end in time. */
const breakMs = 2000;
/** A job that this version does not know waits for a worker that does (a rolling update). */
const unknownJobMs = 30_000;

/** Nest transport over BullMQ: one worker per lane, handlers found by job name (see `HandleJob`), outcomes as in `judgeError`. */
export class BullmqTransport extends Server implements CustomTransportStrategy {
  /** Handler errors arrive here, so Nest need not report them itself. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly registered: string[] = [];
  private readonly attempts = new Map<string, AbortController>();
  private readonly declared: readonly JobDeclaration[];
  private workers: readonly LaneWorker[] = [];
  private backend: QueueBackend | null = null;
  private closing: Promise<void> | null = null;

  /** @param open opens the connections; called at listen, once the handlers are found complete */
  constructor(
    private readonly open: (onError: (error: Error) => void) => QueueBackend,
    private readonly options: TransportOptions,
  ) {
    super();
    this.setTransportId(jobTransport);
    this.declared = options.jobs ?? allJobs;
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    // Kept beside Nest's map, which hides duplicates by chaining or replacing them.
    this.registered.push(String(pattern));
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Starts to take jobs; the callback gets the error when handlers are missing, duplicate or unknown, or the datastore is away. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.close();
      callback(error);
      return;
    }
    callback();
  }

  /** Stops taking jobs, waits for the running ones up to the drain time, then closes the connections. May be called twice. */
  close(): Promise<void> {
    this.closing ??= this.drain();
    return this.closing;
  }

  /** Listen to the {@link QueueObserver} instead. */
  on(): never {
    throw new Error('the job transport has no events; give it an observer');
  }

  /** The BullMQ workers, one per lane, in the order of the lanes. */
  unwrap<T = readonly LaneWorker[]>(): T {
    return this.workers as T;
  }

  private async start(): Promise<void> {
    const { lanes, concurrency, lockMs } = this.options;
    checkHandlers(lanes, this.declared, this.registered);
    const backend = this.open((error) => this.backendError(error));
    this.backend = backend;
    if (!(await settledWithin(backend.prepare(), startMs))) throw new Error('the job queue does not answer');
    this.workers = lanes.map((lane) => {
      const options = { concurrency: concurrency?.[lane] ?? allLanes[lane].concurrency, lockMs };
      return this.watch(
        lane,
        backend.openWorker(lane, (job, token) => this.process(lane, job, token), options),
      );
    });
    const ready = Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
    if (!(await settledWithin(ready, startMs))) throw new Error('the job queue does not answer');
  }

  private watch(lane: LaneName, worker: LaneWorker): LaneWorker {
    worker.on('error', (error) => this.backendError(error));
    worker.on('stalled', (jobId) => this.options.observer?.stalled?.(lane, jobId));
    worker.on('failed', (job) => {
      // Every other failure passed through an attempt, which has told of it.
      if (job?.deferredFailure) this.options.observer?.abandoned?.(lane, job.name, job.id ?? '', job.deferredFailure);
    });
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) this.attempts.get(`${lane}/${jobId}`)?.abort(new Error('the lock on the job is lost'));
      this.options.observer?.locksLost?.(lane, jobIds);
    });
    return worker;
  }

  /** What BullMQ calls. Its return value and errors are the protocol with BullMQ, not the handler's. */
  private async process(lane: LaneName, job: LaneJob, token: string | undefined): Promise<unknown> {
    const declaration = this.declared.find((declared) => declared.name === job.name && declared.lane === lane);
    if (declaration === undefined) return postpone(job, token, unknownJobMs);
    // Its fetch was under way when close() began: back to the others.
    if (this.closing !== null) return handBack(job, token);
    const key = `${lane}/${job.id ?? ''}`;
    const controller = new AbortController();
    this.attempts.set(key, controller);
    try {
      const number = job.attemptsMade + 1;
      const isLastTry = number >= (job.opts.attempts ?? declaration.attempts);
      const attempt = { job: declaration, jobId: job.id ?? '', data: job.data, number, isLastTry, signal: controller.signal };
      const judged = await runAttempt(attempt, this.handlerOf(declaration.name));
      this.options.observer?.attemptEnded?.(judged.ended);
      return await settle(job, token, judged.verdict);
    } finally {
      this.attempts.delete(key);
    }
  }

  private handlerOf(name: string): JobHandler {
    const handler = this.getHandlerByPattern(name);
    // checkHandlers has seen it at start.
    if (handler === null) throw new Error(`no handler for job "${name}"`);
    return (payload, context) => handler(payload, context);
  }

  private backendError(error: Error): void {
    if (this.options.observer?.backendError) this.options.observer.backendError(error);
    else this.logger.error(`job queue: ${error.message}`);
  }

  private async drain(): Promise<void> {
    for (const controller of this.attempts.values()) controller.abort(new Error('the service is stopping'));
    const closed = Promise.all(this.workers.map((worker) => worker.close()));
    const drained = await settledWithin(closed, this.options.drainMs ?? 25_000);
    if (!drained) {
      this.logger.warn(`gave up waiting for ${this.attempts.size} running job(s); another worker will take them over`);
      await settledWithin(Promise.allSettled(this.workers.map((worker) => worker.abandon())), breakMs);
    }
    // After the workers: they need the connection to give their last results.
    const broken = this.backend?.close(!drained) ?? Promise.resolve();
    await settledWithin(broken, breakMs);
  }
}

/** Tells BullMQ the verdict. */
function settle(job: LaneJob, token: string | undefined, verdict: Verdict): Promise<unknown> {
  switch (verdict.outcome) {
    case 'completed':
      return Promise.resolve(null);
    case 'refused':
      return Promise.resolve({ refused: verdict.code });
    case 'pushed_back':
      return postpone(job, token, verdict.delayMs);
    case 'retrying':
      return Promise.reject(like(new Error(verdict.error.message), verdict.error));
    case 'failed': {
      const { error, final } = verdict;
      return Promise.reject(like(final ? new UnrecoverableError(error.message) : new Error(error.message), error));
    }
  }
}

/** Back to waiting without spending an attempt. The error is how BullMQ wants to be told that the job has been moved. */
async function postpone(job: LaneJob, token: string | undefined, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

/** Back to the head of the line. */
async function handBack(job: LaneJob, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/** A fresh error, because BullMQ gives a meaning to some names of errors that a handler may have thrown by accident. */
function like(error: Error, original: Error): Error {
  if (original.stack !== undefined) error.stack = original.stack;
  return error;
}
