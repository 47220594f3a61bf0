import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { checkPointers, type PointerReport } from '../pointer/check-pointers.js';
import { pointerDirectory } from '../pointer/pointer-file.js';
import { pointerLines } from '../pointer/pointer-lines.js';
import { writePointer } from '../pointer/write-pointer.js';
import { contextOf, type AddCommand } from './command-context.js';
import { wholeNumber } from './option-values.js';

interface CheckFlags {
  readonly dir?: string;
  readonly maxBytes: number;
  readonly history?: boolean;
}

/** `pointer write` and `pointer check`. */
export const addPointer: AddCommand = (program, surroundings, exit) => {
  const pointer = program
    .command('pointer')
    .summary('what git keeps of an archived run')
    .description('Pointers: what a repository keeps of an archived run instead of its files (docs/formats/pointer.md).');
  pointer
    .command('write')
    .description(
      'Write the .meta records of a finalized package and, after them, its pointer. What is there and says something else is not replaced.',
    )
    .argument('<package-id>', 'a finalized package')
    .option('--dir <dir>', 'folder of pointers', pointerDirectory)
    .action(async (packageId: string, { dir }: { readonly dir: string }, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const written = await writePointer(await connect(), { packageId, directory: dir, cwd: surroundings.cwd });
      output.result(written, () => pointerLines(written));
    });
  pointer
    .command('check')
    .description('Check that git keeps pointers and nothing else: for a commit hook and for CI. Speaks to no server.')
    .option('--dir <dir>', `folder of pointers (default: ${pointerDirectory} of the repository)`)
    .option('--max-bytes <bytes>', 'size from which a file named like an artifact does not belong into git', wholeNumber, 1024 * 1024)
    .option('--history', 'look at everything that was ever committed, not only at what the next commit would hold')
    .action(async ({ dir, maxBytes, history }: CheckFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const report = await checkPointers({ directory: dir ?? null, maxBytes, history: history === true, cwd: surroundings.cwd });
      output.result(report, () => reportLines(report));
      if (!report.ok) exit(exitCodes.check_failed);
    });
};

function reportLines({ ok, pointers, git, problems }: PointerReport): readonly string[] {
  const remedy = problems.some(({ where }) => where === 'history')
    ? ['What was committed stays in every clone until the history is rewritten (git filter-repo).']
    : [];
  const staged = problems.some(({ where }) => where === 'index')
    ? ['git rm --cached PATH takes a file out of the next commit; "muniment push" archives it.']
    : [];
  return [
    ...problems.map(({ path, where, problem }) => `FAILED  ${where.padEnd(7)}  ${printable(path)}: ${printable(problem)}`),
    ...(git ? [] : ['note: this is no git work tree; only the folder was looked at']),
    ...staged,
    ...remedy,
    `${pointers} pointer${pointers === 1 ? '' : 's'}, ${ok ? 'no problem' : `${problems.length} problem${problems.length === 1 ? '' : 's'}`}`,
  ];
}

/** Names come from a repository: none of them begins a line of its own in a log. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
