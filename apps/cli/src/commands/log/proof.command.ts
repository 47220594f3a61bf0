import type { Command } from 'commander';
import { checkLogProof, parseTlogProof } from '@muniment/formats';
import { CliError } from '../../exit-codes.js';
import { keysOf, proven, readGiven, readGivenBytes, writeTo } from '../../log/log-evidence.js';
import { cosignersOf, wantedOf, witnessesBy, type WitnessFlags } from '../../log/named-witnesses.js';
import { contextOf, type AddCommand } from '../command-context.js';
import { several } from '../option-values.js';
import { witnessOptions } from '../witness-options.js';

interface ProofFlags extends WitnessFlags {
  readonly output?: string;
}

interface VerifyFlags extends WitnessFlags {
  readonly key: readonly string[];
  readonly entry?: string;
  readonly sequence?: string;
}

/** `log proof` and `log verify-proof`. */
export const addProofs: AddCommand = (log, surroundings, exit) => {
  const command = log
    .command('proof')
    .description('Fetch the proof (.tlog-proof) that an event, or the event that finalized a package, is in the signed log.')
    .argument('<what>', 'sequence of the event, or id of the package')
    .option('-o, --output <file>', 'write it there instead of to standard output');
  witnessOptions(command).action(async (what: string, flags: ProofFlags, command: Command) => {
    const { connect, output } = contextOf(command, surroundings);
    const client = await connect();
    const witnesses = await witnessesBy(flags, surroundings);
    const wanted = wantedOf(witnesses);
    const proof = await (/^\d+$/.test(what) ? client.log.proof(Number(what), wanted) : client.log.packageProof(what, wanted));
    const cosigned = proven('check_failed', () => cosignersOf('check_failed', parseTlogProof(proof).checkpoint, witnesses));
    if (flags.output !== undefined) await writeTo(flags.output, proof, surroundings);
    output.result({ proof, cosigned }, () => (flags.output === undefined ? [proof.trimEnd()] : [`wrote ${flags.output}`]));
  });
  addVerifyProof(log, surroundings, exit);
};

const addVerifyProof: AddCommand = (log, surroundings) => {
  const command = log
    .command('verify-proof')
    .description('Check a .tlog-proof, offline.')
    .argument('<file>', 'the proof')
    .requiredOption('--key <key>', 'verifier key of the log, or a file that holds it (repeatable)', several)
    .option('--entry <file>', 'the entry (canonical CBOR), when it is not the one inside the proof')
    .option('--sequence <number>', 'the event that is to be proven');
  witnessOptions(command).action(async (file: string, flags: VerifyFlags, command: Command) => {
    const { output } = contextOf(command, surroundings);
    const keys = await keysOf(flags.key, surroundings);
    const text = await readGiven(file, surroundings);
    const entry = flags.entry === undefined ? undefined : await readGivenBytes(flags.entry, surroundings);
    const found = proven('check_failed', () => checkLogProof(text, keys, entry));
    if (flags.sequence !== undefined && String(found.sequence) !== flags.sequence)
      throw new CliError('check_failed', `This proves event ${found.sequence}, not event ${flags.sequence}.`);
    const cosigned = cosignersOf('check_failed', parseTlogProof(text).checkpoint, await witnessesBy(flags, surroundings));
    const { origin, size } = found.checkpoint;
    output.result({ verified: true, origin, size, sequence: found.sequence, entry: found.entry, cosigned }, () => [
      `event ${found.sequence} is in the log ${origin} of ${size} entries${cosigned === null ? '' : `, ${cosigned}`}`,
      JSON.stringify(found.entry),
    ]);
  });
};
