import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseMeta } from '@muniment/formats';
import { ciContext } from '../ci/ci-context.js';
import { gitContext } from '../ci/git.js';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';
import { writeMetaFile } from '../meta/write-meta-file.js';
import { reportLines } from '../verify/checks.js';
import { exitCodeOf } from '../verify/exit-code.js';
import { broughtNothing } from '../verify/trust-options.js';
import { verify } from '../verify/verify.js';
import type { Surroundings } from '../surroundings.js';
import { contextOf, type AddCommand } from './command-context.js';

interface WriteFlags {
  readonly runId?: string;
  readonly requirements?: string;
}

export const addMeta: AddCommand = (program, surroundings, exit) => {
  const meta = program
    .command('meta')
    .summary('write or check .meta records')
    .description('The .meta record beside a file (docs/formats/meta.md).');
  meta
    .command('write')
    .description('Write FILE.meta. An existing record is never overwritten.')
    .argument('<file>', 'file to describe')
    .option('--run-id <id>', 'CI run (default: of the CI environment)')
    .option('--requirements <file>', 'file whose SHA-256 becomes requirements_hash')
    .action(async (file: string, flags: WriteFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const written = await write(file, flags, surroundings);
      output.result(written, () => [`${written.made ? 'wrote' : 'kept (it was there)'} ${written.path}`]);
    });
  meta
    .command('check')
    .description('Compare FILE with FILE.meta: name, size, sha256 and blake3.')
    .argument('<file>', 'file whose record to check')
    .action(async (file: string, _flags: object, command: Command) => {
      const { output } = contextOf(command, surroundings);
      await assertFile(file, surroundings);
      const offline = () => Promise.reject(new Error('meta check speaks to no server'));
      const report = await verify(offline, { target: file, download: false, memory: false, brought: broughtNothing }, surroundings);
      output.result(report, () => reportLines(report));
      if (!report.verified) exit(exitCodeOf(report));
    });
};

async function write(file: string, flags: WriteFlags, surroundings: Surroundings) {
  await assertFile(file, surroundings);
  const { cwd, env } = surroundings;
  const ci = ciContext(env);
  const runId = flags.runId ?? ci?.run?.id;
  const commit = ci?.run?.commit ?? (runId === undefined ? null : (await gitContext(cwd)).commit);
  const written = await writeMetaFile({
    file: resolve(cwd, file),
    cwd,
    now: surroundings.now(),
    ...(runId === undefined ? {} : { runId }),
    ...(commit === null ? {} : { commit }),
    ...(flags.requirements === undefined ? {} : { requirements: flags.requirements }),
  });
  return { path: written.path, made: written.made, entries: Object.fromEntries(parseMeta(written.bytes).entries) };
}

async function assertFile(file: string, { cwd }: Surroundings): Promise<void> {
  const found = await stat(resolve(cwd, file)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  });
  if (found?.isFile() !== true) throw new CliError('usage', `${file} is not a file. Name the artifact whose record you mean.`);
}
