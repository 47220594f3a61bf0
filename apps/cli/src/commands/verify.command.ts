import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { reportLines } from '../verify/checks.js';
import { verify } from '../verify/verify.js';
import { contextOf, type AddCommand } from './command-context.js';

interface VerifyFlags {
  readonly package?: string;
  readonly download?: boolean;
}

export const addVerify: AddCommand = (program, surroundings, exit) => {
  program
    .command('verify')
    .summary('check bytes against .meta, manifest and archive')
    .description(
      'Check a file or directory against the .meta records beside it (offline, before anything is trusted), with --package also against ' +
        'the manifest of that package; or check a package in the archive by its id.',
    )
    .argument('<target>', 'file, directory or package id')
    .option('--package <id>', 'also compare the files here with this package')
    .option('--download', 'read every stored byte of the package back')
    .action(async (target: string, flags: VerifyFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const request = {
        target,
        download: flags.download === true,
        ...(flags.package === undefined ? {} : { packageId: flags.package }),
      };
      const report = await verify(connect, request, surroundings);
      output.result(report, () => reportLines(report));
      if (report.verified) return;
      exit(report.checks.some((c) => !c.ok && c.bytes) ? exitCodes.digest_mismatch : exitCodes.check_failed);
    });
};
