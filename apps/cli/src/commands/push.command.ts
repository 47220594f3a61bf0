import type { Command } from 'commander';
import { CliError } from '../exit-codes.js';
import { pointerDirectory } from '../pointer/pointer-file.js';
import { push } from '../push/push.js';
import { receiptLines } from '../push/receipt.js';
import { contextOf, type AddCommand } from './command-context.js';
import { amount, keyValue, repositoryName } from './option-values.js';

interface PushFlags {
  readonly repository?: string;
  readonly name?: string;
  readonly runId?: string;
  readonly retentionClass?: string;
  readonly kind?: string;
  // `--version` belongs to the package, not to this program.
  readonly version?: string;
  readonly producer?: string;
  readonly subject?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly requirements?: string;
  readonly resumeState?: string;
  readonly meta: boolean;
  readonly finalize: boolean;
  readonly wait: number;
  readonly pointer?: string | true;
}

export const addPush: AddCommand = (program, surroundings) => {
  program
    .command('push')
    .summary('archive a file or a run directory')
    .description(
      'Archive a file (with or without its .meta) or a run directory. Defaults come from the CI environment. Repeating it is harmless: ' +
        'it resumes what broke and never archives the same content of a run twice.',
    )
    .argument('<target>', 'file or run directory')
    .option('--repository <owner/name>', 'repository the files came from', repositoryName)
    .option('--name <name>', 'package name (default: from the file name, e.g. wheelhouse-3.11)')
    .option('--run-id <id>', 'CI run')
    .option('--retention-class <class>', 'how long to keep it (default: raw-evidence)')
    .option('--kind <kind>', 'what it is (default: from the file name)')
    .option('--version <version>', 'version of what was built')
    .option('--producer <name>', 'what made it (default: the CI system)')
    .option('--subject <text>', 'what it is about')
    .option('--metadata <key=value>', 'add a fact; may be repeated', keyValue)
    .option('--requirements <file>', 'file whose SHA-256 goes into a new .meta as requirements_hash')
    .option('--no-meta', 'do not write a missing .meta')
    .option('--no-finalize', 'leave the package open for more files')
    .option('--wait <seconds>', 'how long to wait for the manifest', amount, 300)
    .option('--resume-state <dir>', 'where an interrupted push is remembered (default: the user cache)')
    .option('--pointer [dir]', `write the .meta records and, last, a pointer for git to keep (into ${pointerDirectory}/<date>-<run id>/)`)
    .action(async (target: string, flags: PushFlags, command: Command) => {
      const { connect, output, bar } = contextOf(command, surroundings);
      const { meta: writeMeta, finalize, wait: waitSeconds, pointer, ...rest } = flags;
      if (pointer !== undefined && !finalize)
        throw new CliError('usage', 'A pointer is to a finalized package: leave out --no-finalize or --pointer.');
      const pointers = pointer === undefined ? {} : { pointers: pointer === true ? pointerDirectory : pointer };
      const request = { ...rest, target, writeMeta, finalize, waitSeconds, ...pointers };
      const receipt = await push(connect, request, surroundings, bar);
      output.result(receipt, () => receiptLines(receipt));
    });
};
