import {
  DeriveDueWork,
  IdentifyStore,
  LogPump,
  OwnStore,
  Relay,
  WrongStore,
  type ObjectStore,
  type StoreProbe,
} from '@muniment/application';
import { lanes } from '@muniment/contracts';
import type { RetentionPolicy } from '@muniment/domain';
import { createObjectStore, objectStoreConfig } from '@muniment/object-store';
import { ConfigError, metrics, type Background, type Probe, type ServiceHost } from '@muniment/platform';
import { Postgres, postgresConfig, type PostgresConfig } from '@muniment/postgres';
import { createJobQueue, queueConfig, type BullmqJobQueue, type QueueConfig } from '@muniment/queue';
import { retentionPolicyConfig, retentionPolicyOf, type RetentionPolicyConfig } from './retention-policy.js';
import { metered } from './store-metrics.js';
import { systemIds } from './system.js';
import { clockConfig, clockOf, type ArchiveClock, type ClockConfig } from './clock.js';

/** What every service needs to know: database, object store, queue, and how long things are kept by which clock. */
export const archiveConfig = { ...postgresConfig, ...objectStoreConfig, ...queueConfig, ...clockConfig, ...retentionPolicyConfig };
type ObjectStoreConfig = Parameters<typeof createObjectStore>[0];
export type ArchiveConfig = PostgresConfig & ObjectStoreConfig & QueueConfig & ClockConfig & RetentionPolicyConfig;

/** The outside parts a service works with, and the loop that keeps its log moving. */
export interface Archive {
  readonly postgres: Postgres;
  readonly store: ObjectStore;
  /** Asks whether the store works and is still the one that was opened. */
  readonly ownStore: StoreProbe;
  readonly queue: BullmqJobQueue;
  readonly pump: LogPump;
  readonly derive: DeriveDueWork;
  /** The only "now" of what is decided and recorded. */
  readonly clock: ArchiveClock;
  /** Read once: a change needs a restart. */
  readonly policy: RetentionPolicy;
}

const queueStates = ['waiting', 'active', 'delayed', 'failed', 'prioritized', 'completed', 'paused', 'waiting-children'];

/** Opens everything; the service's host closes it in reverse order when the service stops. */
export async function openArchive(config: ArchiveConfig, host: ServiceHost): Promise<Archive> {
  const clock = clockOf(config);
  const policy = retentionPolicyOf(config);
  if (clock.file !== null)
    host.logger.warn(`TIME TRAVEL: the clock is the file ${clock.file} and says ${clock.now()}; never run an archive in use like this`);
  const postgres = host.closing.add('postgres', new Postgres(config), (opened) => opened.close());
  const store = host.closing.add('object store', metered(createObjectStore(config)), (opened) => opened.close());
  const ownStore = new OwnStore(store, await identified(store, postgres, clock));
  const queue = host.closing.add(
    'queue',
    await createJobQueue(config, { backendError: (error) => host.logger.warn({ err: error }, 'queue backend: trying again') }),
    (opened) => opened.close(),
  );
  warnOfEviction(queue, host);
  await postgres.listen();
  const derive = new DeriveDueWork(postgres.due, queue);
  const relay = new Relay(postgres.checkpoints, queue, derive, { now: () => clock.waitedSince(0) });
  const pump = new LogPump(postgres.log, postgres.sequencer, relay, (error) => host.logger.warn({ err: error }, 'log pump: trying again'));
  host.closing.add('gauges', measure(postgres, queue), (end) => end());
  return { postgres, store, ownStore, queue, pump, derive, clock, policy };
}

/** The id of the store. Nobody can work with another one than the archive's, so that this is as final as any other mistake in the configuration. */
async function identified(store: ObjectStore, postgres: Postgres, clock: ArchiveClock): Promise<string> {
  try {
    return await new IdentifyStore(postgres.storeRecords, store, postgres.locks, systemIds, clock).execute();
  } catch (error) {
    if (!(error instanceof WrongStore)) throw error;
    throw new ConfigError([`MUNIMENT_OBJECT_STORE: ${error.message}`]);
  }
}

function measure(postgres: Postgres, queue: BullmqJobQueue): () => void {
  const ends = [
    metrics.gauge(
      'muniment_queue_jobs',
      { description: 'Jobs by lane and state', labels: { queue: Object.keys(lanes), state: queueStates } },
      async () => (await queue.counts()).map(({ lane, state, count }) => ({ value: count, labels: { queue: lane, state } })),
    ),
    metrics.gauge('muniment_event_log_head_sequence', { description: 'Highest sequence given so far', labels: {} }, async () => [
      { value: Number(await postgres.log.head()), labels: {} },
    ]),
  ];
  return () => ends.forEach((end) => end());
}

/** A Redis that may evict loses jobs in silence: the operator is told at start. Not waited for, since the queue may come later than we do. */
function warnOfEviction(queue: BullmqJobQueue, host: ServiceHost): void {
  queue.checkEvictionPolicy().then(
    (warning) => warning !== null && host.logger.warn(warning),
    (error: unknown) => host.logger.warn({ err: error }, 'the eviction policy of the queue could not be asked'),
  );
}

/** Readiness of the outside parts. The queue is not critical: the log is the outbox, work waits there. */
export function archiveProbes({ postgres, ownStore, queue }: Archive): readonly Probe[] {
  return [
    { name: 'postgres', critical: true, check: () => postgres.check() },
    { name: 'object-store', critical: true, check: () => ownStore.check() },
    { name: 'queue', critical: false, check: async () => void (await queue.generation()) },
  ];
}

/** The log pump as a loop the platform starts and stops. */
export function logPumpLoop({ pump }: Archive): Background {
  return { name: 'log pump', start: () => pump.start(), stop: () => pump.close() };
}

/** Time running jobs get when the service stops: a little less than the service itself has, so that it can still close in order. */
export function drainMs(drainSeconds: number): number {
  return Math.max(0, drainSeconds * 1000 - 1_000);
}
