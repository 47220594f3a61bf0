import type { Command } from 'commander';
import { attestationLines } from '../../attestation/attestation-lines.js';
import { attestationStatus, exitCodeOfStatus } from '../../attestation/attestation-status.js';
import { contextOf, type AddCommand } from '../command-context.js';
import { amount } from '../option-values.js';

interface StatusFlags {
  readonly wait: number;
  readonly strict?: boolean;
}

export const addStatus: AddCommand = (attest, surroundings, exit) => {
  attest
    .command('status')
    .description(
      'Whether the archive signed what the policy of the repository requires before anything is published. ' +
        'Ends with 0 when it did, else with 12, or with 4 when --wait was too short.',
    )
    .argument('<package-id>', 'package')
    .option('--wait <seconds>', 'how long to wait for it', amount, 0)
    .option('--strict', 'nothing may be missing, whatever the policy requires')
    .action(async (packageId: string, flags: StatusFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const request = { packageId, waitSeconds: flags.wait, strict: flags.strict === true, signal: surroundings.signal };
      const status = await attestationStatus(await connect(), request);
      output.result(status, () => attestationLines(status));
      const code = exitCodeOfStatus(status, request);
      if (code !== 0) exit(code);
    });
};
