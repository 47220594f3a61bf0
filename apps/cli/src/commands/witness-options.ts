import type { Command } from 'commander';
import { several, wholeNumber } from './option-values.js';

/** Adds `--witness-key` and `--witnesses`, which mean the same to every command. */
export function witnessOptions(command: Command): Command {
  return command
    .option('--witness-key <key>', 'a log witness you believe: its verifier key, or a file that holds it (repeatable)', several)
    .option('--witnesses <n>', 'how many of these witnesses must have cosigned the checkpoint (default: all)', wholeNumber);
}
