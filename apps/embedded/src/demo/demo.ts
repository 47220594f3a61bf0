import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pushReceipt, verifyReport, type DemoResult } from './answers.js';
import { EmbeddedSystem } from './embedded-system.js';
import { muniment } from './muniment-command.js';
import { Comparisons, readEventsBack, readFilesBack, readManifestBack, readMemberBack } from './read-back.js';
import { givenWheelhouse, takeWheelhouse, type Wheelhouse } from './take-wheelhouse.js';
import { Witness } from './witness.js';

export interface DemoOptions {
  /** A wheelhouse of the user instead of one made here. */
  readonly wheelhouse?: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The main job, end to end, on an archive that exists only for it: push, wait, read everything back, verify, clean up. */
export async function demo(options: DemoOptions): Promise<DemoResult> {
  const directory = await temporaryFolder();
  try {
    const build = join(directory, 'build');
    await mkdir(build);
    const wheelhouse = options.wheelhouse === undefined ? await takeWheelhouse(build) : await givenWheelhouse(options.wheelhouse, build);
    options.say(`${basename(wheelhouse.file)}: ${wheelhouse.explanation}`);
    options.signal.throwIfAborted();
    options.say('starting an archive of its own');
    const system = await EmbeddedSystem.start(join(directory, 'data'));
    try {
      return await Promise.race([archive(system, wheelhouse, directory, options.say), aborted(options.signal)]);
    } finally {
      options.say('stopping the archive');
      await system.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'muniment-demo-'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot keep data in ${tmpdir()} (${why}); set TMPDIR to a folder you may write`, { cause });
  }
}

async function archive(
  system: EmbeddedSystem,
  wheelhouse: Wheelhouse,
  directory: string,
  say: (line: string) => void,
): Promise<DemoResult> {
  say(`pushing to ${system.url}`);
  const cwd = dirname(wheelhouse.file);
  const run = ['--repository', 'demo/widgets', '--run-id', 'demo-1'];
  const receipt = pushReceipt.parse(await muniment(system, cwd, 'push', basename(wheelhouse.file), ...run));
  say(`finalized as package ${receipt.package_id}; reading everything back`);
  const witness = await Witness.call();
  const list = new Comparisons();
  const context = { system, receipt, wheelhouse, directory, witness, list };
  await readFilesBack(context);
  await readMemberBack(context);
  const events = await readEventsBack(context, await readManifestBack(context));
  const report = verifyReport.parse(await muniment(system, cwd, 'verify', receipt.package_id, '--download'));
  list.made.push(`muniment verify --download: ${String(report.checks.length)} checks`);
  const { package_id, manifest_digest, sequence, files } = receipt;
  const checks = list.made;
  return {
    package_id,
    manifest_digest,
    sequence,
    files,
    events,
    verified: true,
    wheels_from: wheelhouse.source,
    witnesses: witness.names,
    checks,
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(new Error('interrupted'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}
