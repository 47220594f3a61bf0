import type { JobQueue, JobScheduler, TickDeclaration } from '@muniment/application';
import { type JobRequest, type LaneName, lanes } from '@muniment/contracts';
import { ensureSchedule } from './ensure-schedule.js';
import { jobOptions } from './job-options.js';
import type { LaneQueue, QueueBackend } from './queue-backend.js';
import { settledWithin } from './settled-within.js';

/** A producer rather fails than waits: what could not be added is derived again from the log. */
const answerMs = 5000;
/** States that metrics and readiness tell apart. */
const countedStates = ['waiting', 'active', 'delayed', 'failed'] as const;
/** Ids of failed jobs in one answer. */
const idsPerPage = 1_000;
/** Failed jobs sent round again at once. */
const restarts = 100;

/** Adds jobs through BullMQ. Also the scheduler of ticks. */
export class BullmqJobQueue implements JobQueue, JobScheduler {
  private readonly queues = new Map<LaneName, LaneQueue>();
  private readonly schedules = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly backend: QueueBackend,
    private readonly onError: (error: Error) => void,
  ) {}

  async enqueue(jobs: readonly JobRequest[]): Promise<void> {
    const byLane = Map.groupBy(jobs, (request) => request.job.lane);
    await Promise.all([...byLane].map(([lane, requests]) => this.enqueueInLane(lane, requests)));
  }

  generation(): Promise<string> {
    return answered(this.backend.generation());
  }

  async counts(): Promise<readonly { readonly lane: string; readonly state: string; readonly count: number }[]> {
    const perLane = await Promise.all(
      Object.values(lanes).map(async ({ name }) => {
        const counted = await (await this.open(name)).getJobCounts(...countedStates);
        return countedStates.map((state) => ({ lane: name, state, count: counted[state] ?? 0 }));
      }),
    );
    return perLane.flat();
  }

  async schedule(job: TickDeclaration, everyMs: number): Promise<void> {
    await this.ensure(job, everyMs);
    clearInterval(this.schedules.get(job.name));
    // A wiped backend forgot the schedule.
    const again = setInterval(() => void this.ensure(job, everyMs).catch(this.onError), everyMs);
    this.schedules.set(job.name, again.unref());
  }

  /** A sentence for the operator when the backend may drop jobs under memory pressure, else null. To be asked once at start. */
  checkEvictionPolicy(): Promise<string | null> {
    return answered(this.backend.evictionWarning());
  }

  /** Readiness: fails when the backend does not answer. */
  ping(): Promise<void> {
    return answered(this.backend.ping());
  }

  async close(): Promise<void> {
    for (const timer of this.schedules.values()) clearInterval(timer);
    this.schedules.clear();
    const closed = Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
    const inTime = await settledWithin(closed, answerMs);
    this.queues.clear();
    await this.backend.close(!inTime);
  }

  private async enqueueInLane(lane: LaneName, requests: readonly JobRequest[]): Promise<void> {
    const queue = await this.open(lane);
    await queue.addBulk(requests.map(entry));
    await restartFailed(queue, requests);
  }

  private async ensure(job: TickDeclaration, everyMs: number): Promise<void> {
    const queue = await this.open(job.lane);
    await this.backend.alone(() => ensureSchedule(queue, job, everyMs));
  }

  /** A queue whose first contact failed stays broken in BullMQ, so it is thrown away and opened anew by the next call. */
  private async open(lane: LaneName): Promise<LaneQueue> {
    const queue = this.queues.get(lane) ?? this.backend.openQueue(lane);
    if (!this.queues.has(lane)) queue.on('error', this.onError);
    this.queues.set(lane, queue);
    try {
      await answered(queue.waitUntilReady());
      return queue;
    } catch (error) {
      this.queues.delete(lane);
      void queue.close().catch(this.onError);
      throw error;
    }
  }
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  if (!(await settledWithin(answer, answerMs))) throw new Error('the job queue does not answer');
  return answer;
}

function entry({ job, id, payload, traceparent }: JobRequest) {
  return { name: job.name, data: { payload, traceparent }, opts: { ...jobOptions(job), jobId: id } };
}

/**
 * Adding under the id of a failed job changes nothing in BullMQ; the failed one has to be sent round again. Failed jobs are few, so theirs are the ids that are
 * listed: to ask for the state of each added job, or to count a lane, would cost more the longer the lane is.
 */
async function restartFailed(queue: LaneQueue, requests: readonly JobRequest[]): Promise<void> {
  const added = new Map(requests.map((request) => [request.id, request]));
  const failed: JobRequest[] = [];
  for (let from = 0, listed = idsPerPage; listed === idsPerPage; from += idsPerPage) {
    const ids = await queue.getRanges(['failed'], from, from + idsPerPage - 1);
    failed.push(...ids.flatMap((id) => added.get(id) ?? []));
    listed = ids.length;
  }
  for (let from = 0; from < failed.length; from += restarts) {
    await Promise.all(failed.slice(from, from + restarts).map((request) => restartIfFailed(queue, request)));
  }
}

async function restartIfFailed(queue: LaneQueue, request: JobRequest): Promise<void> {
  if ((await queue.getJobState(request.id)) !== 'failed') return;
  try {
    await (await queue.getJob(request.id))?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  } catch (error) {
    // Somebody else restarted it between our steps: fine. Evicted meanwhile: then it is added as new.
    const state = await queue.getJobState(request.id);
    if (state === 'failed') throw error;
    if (state === 'unknown') await queue.addBulk([entry(request)]);
  }
}
