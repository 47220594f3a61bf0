import { Logger } from '@nestjs/common';
import { BullmqJobQueue } from './bullmq-job-queue.js';
import { openBackend } from './open-backend.js';
import type { QueueConfig } from './queue-config.js';
import type { QueueObserver } from './queue-observer.js';

/**
 * The producer side of the queue, on the configured backend. On Postgres it brings the schema `bullmq` up to date first.
 * @throws Error when the configuration lacks an address, or Postgres cannot be reached; Redis may come later
 */
export async function createJobQueue(config: QueueConfig, observer: QueueObserver = {}): Promise<BullmqJobQueue> {
  const logger = new Logger('JobQueue');
  const onError = (error: Error) => (observer.backendError ? observer.backendError(error) : logger.error(error.message));
  const backend = openBackend(config, 0, onError);
  try {
    await backend.prepare();
  } catch (error) {
    await backend.close(true);
    throw error;
  }
  return new BullmqJobQueue(backend, onError);
}
