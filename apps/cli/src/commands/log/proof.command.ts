import type { Command } from 'commander';
import { checkLogProof } from '@muniment/formats';
import { CliError } from '../../exit-codes.js';
import { keysOf, proven, readGiven, readGivenBytes, writeTo } from '../../log/log-evidence.js';
import { contextOf, type AddCommand } from '../command-context.js';
import { several } from '../option-values.js';

interface ProofFlags {
  readonly output?: string;
}

interface VerifyFlags {
  readonly key: readonly string[];
  readonly entry?: string;
  readonly sequence?: string;
}

/** `log proof` and `log verify-proof`. */
export const addProofs: AddCommand = (log, surroundings, exit) => {
  log
    .command('proof')
    .description('Fetch the proof (.tlog-proof) that an event, or the event that finalized a package, is in the signed log.')
    .argument('<what>', 'sequence of the event, or id of the package')
    .option('-o, --output <file>', 'write it there instead of to standard output')
    .action(async (what: string, flags: ProofFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const client = await connect();
      const proof = await (/^\d+$/.test(what) ? client.log.proof(Number(what)) : client.log.packageProof(what));
      if (flags.output !== undefined) await writeTo(flags.output, proof, surroundings);
      output.result({ proof }, () => (flags.output === undefined ? [proof.trimEnd()] : [`wrote ${flags.output}`]));
    });
  addVerifyProof(log, surroundings, exit);
};

const addVerifyProof: AddCommand = (log, surroundings) => {
  log
    .command('verify-proof')
    .description('Check a .tlog-proof, offline.')
    .argument('<file>', 'the proof')
    .requiredOption('--key <key>', 'verifier key of the log, or a file that holds it (repeatable)', several)
    .option('--entry <file>', 'the entry (canonical CBOR), when it is not the one inside the proof')
    .option('--sequence <number>', 'the event that is to be proven')
    .action(async (file: string, flags: VerifyFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const keys = await keysOf(flags.key, surroundings);
      const text = await readGiven(file, surroundings);
      const entry = flags.entry === undefined ? undefined : await readGivenBytes(flags.entry, surroundings);
      const found = proven('check_failed', () => checkLogProof(text, keys, entry));
      if (flags.sequence !== undefined && String(found.sequence) !== flags.sequence)
        throw new CliError('check_failed', `This proves event ${found.sequence}, not event ${flags.sequence}.`);
      const { origin, size } = found.checkpoint;
      output.result({ verified: true, origin, size, sequence: found.sequence, entry: found.entry }, () => [
        `event ${found.sequence} is in the log ${origin} of ${size} entries`,
        JSON.stringify(found.entry),
      ]);
    });
};
