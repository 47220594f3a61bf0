import { parseLogWitnessKey, type LogWitnessKey } from '@muniment/formats';
import { PinError } from '../keys/pin-error.js';

/** Log witnesses that are believed, and how many of them have to have cosigned. */
export interface Witnesses {
  readonly keys: readonly LogWitnessKey[];
  readonly threshold: number;
}

/** As given: verifier keys of type 0x04 (C2SP tlog-cosignature); without a threshold all of them. */
export interface WitnessPins {
  readonly keys: readonly string[];
  readonly threshold: number | null;
}

/** Null when nothing was given. Throws {@link PinError} for what is no key, or a threshold that can be met by nobody or always is. */
export function witnessesOf({ keys: given, threshold }: WitnessPins): Witnesses | null {
  if (given.length === 0 && threshold === null) return null;
  const keys = given.map(keyOf);
  const most = new Set(keys.map(({ name }) => name)).size;
  const distinct = new Set(keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' }).toString('hex'))).size;
  if (distinct < most) throw new PinError('Two of the witnesses have the same key: they are one.');
  const wanted = threshold ?? most;
  if (wanted < 1 || wanted > most) throw new PinError(`${wanted} witnesses were asked for, and the keys of ${most} are given.`);
  return { keys, threshold: wanted };
}

function keyOf(text: string): LogWitnessKey {
  try {
    return parseLogWitnessKey(text);
  } catch (error) {
    throw new PinError(`The key of a log witness is not one: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
