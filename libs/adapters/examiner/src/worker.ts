import { parentPort, workerData } from 'node:worker_threads';
import type { Examination } from '@muniment/domain';
import { examineFile, examineStream, type Assignment } from './examine-bytes.js';
import type { ExamineCommand, FromWorker, OutcomeRecord, ToWorker } from './messages.js';
import { PairedDigest } from './paired-digest.js';
import { spoolsIn } from './scratch.js';
import { SlotFeed } from './slot-feed.js';

/** Entry file of a worker thread: examines one file at a time. */
const port = parentPort;
if (port === null) throw new Error('This file runs only as a worker thread');
const { scratchDirectory } = workerData as { readonly scratchDirectory: string };
const openSpool = spoolsIn(scratchDirectory);
const pair = new PairedDigest(new URL('./sha256-thread.js', import.meta.url));
let stream: SlotFeed | null = null;

const answer = (message: FromWorker, moved: readonly ArrayBuffer[] = []): void => port.postMessage(message, moved);

port.on('message', (message: ToWorker) => {
  if (message.kind === 'examine') void examine(message);
  else stream?.accept(message);
});

async function examine(command: ExamineCommand): Promise<void> {
  const assignment: Assignment = { ...command, openSpool, scratchDirectory, pair: command.secondCore ? pair : null };
  try {
    answer({ kind: 'examined', ...record(await run(command, assignment)) });
  } catch (error) {
    answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  } finally {
    stream = null;
  }
}

function run({ localPath }: ExamineCommand, assignment: Assignment): Promise<Examination> {
  if (localPath !== null) return examineFile(localPath, assignment);
  stream = new SlotFeed((slot) => answer({ kind: 'freed', slot }, [slot]));
  return examineStream(stream, assignment);
}

function record({ stored, outcome }: Examination): { readonly stored: Examination['stored']; readonly outcome: OutcomeRecord } {
  if ('inspection' in outcome) return { stored, outcome };
  const { code, message, facts } = outcome.refusal;
  return { stored, outcome: { refusal: { code, message, facts } } };
}
