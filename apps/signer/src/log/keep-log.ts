import { AskWitness, HistoryRewritten, LogKeeper, SignCheckpoint, type CheckpointMemory } from '@muniment/application';
import { metrics, type Background, type ServiceHost } from '@muniment/platform';
import { FileCheckpointMemory, HttpLogWitness, noteSigners, type LogConfig } from '@muniment/signing';
import type { Signer } from '../open-signer.js';

const refused = metrics.counter('muniment_log_signing_refused_total', {
  description: 'Times the tree of the log was not signed because it does not continue what was signed before',
  labels: {},
});
const cosigned = metrics.counter('muniment_log_cosignatures_total', {
  description: 'Answers of log witnesses',
  labels: { outcome: ['cosigned', 'failed'] },
});

/** Loops that grow the tree of the log, sign it and show it to witnesses. */
export function keepLog(
  { archive, keyring }: Pick<Signer, 'archive' | 'keyring'>,
  config: LogConfig,
  host: ServiceHost,
): readonly Background[] {
  const { log, tree, signedCheckpoints: checkpoints } = archive.postgres;
  const { clock } = archive;
  const signers = () => noteSigners(keyring, clock.now());
  const sign = new SignCheckpoint({ tree, checkpoints, memory: memoryOf(config, host), signers, clock });
  let isRewritten = false;
  const keeper = new LogKeeper({
    log,
    tree,
    sign,
    onRound: () => (isRewritten = false),
    onError: (error) => {
      isRewritten = error instanceof HistoryRewritten;
      if (!isRewritten) return host.logger.warn({ err: error }, 'tree of the log: trying again');
      refused.add(1, {});
      host.logger.error({ err: error }, 'ALARM: THE LOG IS NOT WHAT WAS SIGNED: checkpoints are no longer signed (OPERATOR.md, the log)');
    },
  });
  const latest = async () => (await checkpoints.latest())?.size ?? 0;
  const gauges = [
    gauge('muniment_log_tree_size', 'Entries in the tree of the log', () => tree.size()),
    gauge('muniment_log_checkpoint_size', 'Entries the latest signed checkpoint covers', latest),
    gauge('muniment_log_rewritten', '1 while signing is refused because the stored log is not what was signed', () => Number(isRewritten)),
  ];
  host.closing.add('log gauges', gauges, (ends) => ends.forEach((end) => end()));
  return [
    { name: 'log tree', start: () => keeper.start(), stop: () => keeper.close() },
    ...config.MUNIMENT_LOG_WITNESSES.map((address) =>
      witnessLoop(new AskWitness(tree, checkpoints, new HttpLogWitness(address)), config.MUNIMENT_LOG_WITNESS_SECONDS, host),
    ),
  ];
}

function gauge(name: `muniment_${string}`, description: string, read: () => number | Promise<number>): () => void {
  return metrics.gauge(name, { description, labels: {} }, async () => [{ value: await read(), labels: {} }]);
}

function memoryOf({ MUNIMENT_LOG_CHECKPOINT_FILE: file }: LogConfig, host: ServiceHost): CheckpointMemory {
  if (file !== undefined) return new FileCheckpointMemory(file);
  host.logger.warn(
    'MUNIMENT_LOG_CHECKPOINT_FILE is not set: only the database remembers what was signed, and a rolled back database is not noticed',
  );
  return { read: () => Promise.resolve(null), write: () => Promise.resolve() };
}

/** Shows one witness the latest checkpoint, again and again. A witness that is away holds nobody up. */
function witnessLoop(ask: AskWitness, seconds: number, host: ServiceHost): Background {
  const ending = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let isAsking = false;
  const step = (): void => {
    if (isAsking || ending.signal.aborted) return;
    isAsking = true;
    running = ask
      .execute(ending.signal)
      .then(
        (bears) => bears && cosigned.add(1, { outcome: 'cosigned' }),
        (error: unknown) => {
          if (ending.signal.aborted) return;
          cosigned.add(1, { outcome: 'failed' });
          host.logger.warn({ err: error, witness: ask.name }, 'log witness: trying again');
        },
      )
      .then(() => {
        isAsking = false;
      });
  };
  return {
    name: `log witness ${ask.name}`,
    start: () => {
      step();
      timer = setInterval(step, seconds * 1000);
    },
    stop: () => {
      ending.abort();
      if (timer) clearInterval(timer);
      return running;
    },
  };
}
