import { PostgresBackend } from './postgres-backend.js';
import type { QueueBackend } from './queue-backend.js';
import type { QueueConfig } from './queue-config.js';
import { RedisBackend } from './redis-backend.js';

/**
 * The backend that the configuration names.
 * @param workers how many workers will be opened on it; 0 for a producer
 * @throws Error when the address of the named backend is missing
 */
export function openBackend(config: QueueConfig, workers: number, onError: (error: Error) => void): QueueBackend {
  switch (config.MUNIMENT_QUEUE_BACKEND) {
    case 'redis':
      if (config.MUNIMENT_REDIS_URL === undefined) throw new Error('MUNIMENT_QUEUE_BACKEND is "redis": MUNIMENT_REDIS_URL must be set');
      return new RedisBackend(config.MUNIMENT_REDIS_URL, config.MUNIMENT_QUEUE_PREFIX, workers > 0 ? 'worker' : 'producer', onError);
    case 'postgres':
      if (config.MUNIMENT_DATABASE_URL === undefined) {
        throw new Error('MUNIMENT_QUEUE_BACKEND is "postgres": MUNIMENT_DATABASE_URL must be set');
      }
      return new PostgresBackend(config.MUNIMENT_DATABASE_URL, workers, onError);
  }
}
