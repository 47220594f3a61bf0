import type { Command } from 'commander';
import { checkContinuation, parseCheckpoint, parseConsistencyProof } from '@muniment/formats';
import { CliError } from '../../exit-codes.js';
import { keysOf, proven, readGiven, writeTo } from '../../log/log-evidence.js';
import { cosignersOf, wantedOf, witnessesBy, type WitnessFlags } from '../../log/named-witnesses.js';
import { contextOf, type AddCommand } from '../command-context.js';
import { several } from '../option-values.js';
import { witnessOptions } from '../witness-options.js';

interface CheckpointFlags extends WitnessFlags {
  readonly output?: string;
  readonly since?: string;
  readonly key?: readonly string[];
}

/** `log checkpoint`: what to keep elsewhere, and the proof that the archive still has the history it had. */
export const addCheckpoint: AddCommand = (log, surroundings) => {
  const command = log
    .command('checkpoint')
    .description(
      'Fetch the latest signed checkpoint, to be kept elsewhere; with --since also the proof that it continues one that was kept.',
    )
    .option('-o, --output <file>', 'write it there')
    .option('--since <file>', 'a checkpoint that was kept; needs --key')
    .option('--key <key>', 'verifier key of the log, or a file that holds it (repeatable)', several);
  witnessOptions(command).action(async (flags: CheckpointFlags, command: Command) => {
    const { connect, output } = contextOf(command, surroundings);
    const client = await connect();
    const keys = await keysOf(flags.key ?? [], surroundings);
    if (flags.since !== undefined && keys.length === 0) throw new CliError('usage', '--since proves nothing without --key.');
    const witnesses = await witnessesBy(flags, surroundings);
    const kept = flags.since === undefined ? null : await readGiven(flags.since, surroundings);
    const proof =
      kept === null
        ? null
        : await client.log.consistency(
            proven('check_failed', () => parseCheckpoint(kept).size),
            wantedOf(witnesses),
          );
    const since =
      kept === null || proof === null ? null : proven('log_inconsistent', () => checkContinuation(kept, proof, keys).older.size);
    const note = proof === null ? await client.log.checkpoint(wantedOf(witnesses)) : parseConsistencyProof(proof).checkpoint;
    const cosigned = cosignersOf('log_inconsistent', note, witnesses);
    if (flags.output !== undefined) await writeTo(flags.output, note, surroundings);
    const { origin, size, root } = parseCheckpoint(note);
    const told = { origin, size, root: Buffer.from(root).toString('base64'), continues: since, cosigned, checkpoint: note };
    output.result(told, () =>
      flags.output === undefined && since === null
        ? [note.trimEnd()]
        : [
            `${origin}: ${size} entries${since === null ? '' : `, continuing the ${since} that were kept`}${cosigned === null ? '' : `, ${cosigned}`}`,
          ],
    );
  });
};
