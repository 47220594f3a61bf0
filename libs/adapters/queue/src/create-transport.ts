import type { LaneName } from '@muniment/contracts';
import { BullmqTransport, type TransportOptions } from './bullmq-transport.js';
import { openBackend } from './open-backend.js';
import type { QueueConfig } from './queue-config.js';

/** The Nest strategy that runs the handlers of these lanes. Connects when the microservice starts to listen. */
export function createTransport(
  config: QueueConfig,
  lanes: readonly LaneName[],
  options: Omit<TransportOptions, 'lanes' | 'lockMs'> = {},
): BullmqTransport {
  return new BullmqTransport((onError) => openBackend(config, lanes.length, onError), {
    ...options,
    lanes,
    lockMs: config.MUNIMENT_JOB_LOCK_MS,
  });
}
