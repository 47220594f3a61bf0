import { randomUUID } from 'node:crypto';
import { type BackendFactory, type IQueueBackend, Queue, createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { AbandonableWorker } from './abandonable-worker.js';
import { checkEvictionPolicy } from './eviction-policy.js';
import type { JobEnvelope } from './job-envelope.js';
import type { LaneProcessor, LaneQueue, LaneWorker, LaneWorkerOptions, QueueBackend } from './queue-backend.js';
import { workerOptions } from './worker-options.js';

/** Reconnections that one command of a producer waits for, about 1.5 s: adding a job must fail soon, the relay adds it again. */
const producerRetries = 5;
/** Own figures, because the defaults of ioredis grow to many seconds between attempts. */
const reconnectMs = (attempt: number) => Math.min(attempt * 100, 2000);

/** Redis or Valkey through one ioredis connection (workers add one blocking connection each). */
export class RedisBackend implements QueueBackend {
  private readonly redis: Redis;

  /** @param role a worker waits for Redis however long it is away, a producer answers with an error */
  constructor(
    url: string,
    private readonly prefix: string,
    role: 'producer' | 'worker',
    onError: (error: Error) => void,
  ) {
    this.redis = new Redis(url, {
      maxRetriesPerRequest: role === 'worker' ? null : producerRetries,
      retryStrategy: reconnectMs,
      connectTimeout: 5000,
    });
    this.redis.on('error', onError);
  }

  async prepare(): Promise<void> {}

  openQueue(lane: string): LaneQueue {
    const queue = new Queue<JobEnvelope, unknown, string, JobEnvelope, unknown, string, IQueueBackend, Redis>(
      lane,
      { connection: this.redis, prefix: this.prefix, streams: { events: { maxLen: 1000 } } },
      redisFactory,
    );
    return queue as unknown as LaneQueue;
  }

  openWorker(lane: string, process: LaneProcessor, options: LaneWorkerOptions): LaneWorker {
    const worker = new AbandonableWorker<Redis>(
      lane,
      process,
      { connection: this.redis, prefix: this.prefix, ...workerOptions(options) },
      redisFactory,
    );
    return worker as unknown as LaneWorker;
  }

  async generation(): Promise<string> {
    const key = `${this.prefix}:generation`;
    for (;;) {
      await this.redis.set(key, randomUUID(), 'NX');
      const id = await this.redis.get(key);
      // Null: wiped between the two commands.
      if (id !== null) return id;
    }
  }

  /** Every operation of BullMQ is one atomic script here. */
  alone(work: () => Promise<void>): Promise<void> {
    return work();
  }

  evictionWarning(): Promise<string | null> {
    return checkEvictionPolicy(this.redis);
  }

  async ping(): Promise<void> {
    await this.redis.ping();
  }

  async close(force: boolean): Promise<void> {
    // quit() waits for an answer, which never comes while Redis is away.
    if (force || this.redis.status !== 'ready') this.redis.disconnect();
    else await this.redis.quit();
  }
}

/** BullMQ's own factory, under the connection type that we give it. */
const redisFactory = createRedisBackend as unknown as BackendFactory<IQueueBackend, Redis>;
