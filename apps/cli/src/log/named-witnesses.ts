import type { WantedCosigners } from '@muniment/client';
import { CheckList, checkWitnesses, witnessesOf, type WitnessPins, type Witnesses } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import type { Surroundings } from '../surroundings.js';
import { withPins } from '../verify/pins.js';
import { keyLinesIn } from './log-evidence.js';

/** Log witnesses as the user named them. */
export interface WitnessFlags {
  readonly witnessKey?: readonly string[];
  readonly witnesses?: number;
}

type Where = Pick<Surroundings, 'cwd'>;

/** What is no key, or a number that nobody can meet or that is always met, is the user's mistake. */
export async function witnessPinsOf(flags: WitnessFlags, where: Where): Promise<WitnessPins> {
  const pins = { keys: await keyLinesIn(flags.witnessKey ?? [], where), threshold: flags.witnesses ?? null };
  withPins(() => witnessesOf(pins));
  return pins;
}

/** Null when none were named. */
export async function witnessesBy(flags: WitnessFlags, where: Where): Promise<Witnesses | null> {
  return witnessesOf(await witnessPinsOf(flags, where));
}

/** What to ask an archive for: the newest checkpoint that bears enough of these signatures, rather than one that is too new for them. */
export function wantedOf(witnesses: Witnesses | null): WantedCosigners | null {
  return witnesses && { least: witnesses.threshold, by: [...new Set(witnesses.keys.map(({ name }) => name))] };
}

/** Who cosigned the note, told; null where nobody was named. Too few of them, or a wrong signature, is the command's "no" of this name. */
export function cosignersOf(code: 'check_failed' | 'log_inconsistent', note: string, witnesses: Witnesses | null): string | null {
  if (witnesses === null) return null;
  const list = new CheckList();
  const cosigned = checkWitnesses('the checkpoint', note, witnesses, list);
  const told = list.checks.map(({ detail }) => detail).join('; ');
  if (!cosigned) throw new CliError(code, `Not proven: ${told}.`);
  return told;
}
