import { type IQueueBackend, Worker } from 'bullmq';
import type { JobEnvelope } from './job-envelope.js';

/** A BullMQ worker that can be told to let go of jobs that do not end. */
export class AbandonableWorker<Connection> extends Worker<JobEnvelope, unknown, string, IQueueBackend, object, Connection> {
  /**
   * Ends the renewal of all locks and the connections, so that other workers take the running jobs over. What their handlers
   * still do in this process is not recorded. For use after close() did not end in time.
   */
  async abandon(): Promise<void> {
    await this.lockManager.close();
    await this.disconnect();
  }
}
