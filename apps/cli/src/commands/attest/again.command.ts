import type { Command } from 'commander';
import { againLines, askedOf, pagesOf, type AskedAgain } from '../../attest/ask-again.js';
import { CliError } from '../../exit-codes.js';
import { contextOf, type AddCommand } from '../command-context.js';

interface AgainFlags {
  readonly key: string;
  readonly repository?: string;
  readonly execute?: boolean;
  readonly reason?: string;
}

export const addAgain: AddCommand = (attest, surroundings) => {
  attest
    .command('again')
    .description(
      'Have everything signed again that only a withdrawn key vouches for: compromised, or past its time. Without --execute it only tells.',
    )
    .requiredOption('--key <key-id>', 'the withdrawn key, as the archive lists it: SHA256:…, or an OpenPGP fingerprint')
    .option('--repository <owner/name>', 'only packages of this repository')
    .option('--execute', 'ask the signers for it')
    .option('--reason <text>', 'why; part of the record')
    .action(async (flags: AgainFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const { key, repository, execute = false, reason } = flags;
      if (execute && reason === undefined) throw new CliError('usage', 'Say why: --execute --reason TEXT.');
      const { evidence } = await connect();
      const body = { dry_run: !execute, reason: reason ?? '', ...(repository === undefined ? {} : { repository }) };
      let asked: AskedAgain | null = null;
      for await (const page of pagesOf((after) => evidence.attestAgain(key, { ...body, ...after }))) {
        asked = askedOf(asked, page);
        if (!output.json && page.next !== null) output.remark(`${asked.packages.length} packages so far, up to ${page.next}`);
      }
      output.result(asked, () => (asked === null ? [] : againLines(asked, flags)));
    });
};
