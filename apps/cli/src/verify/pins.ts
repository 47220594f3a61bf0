import { PinError } from '@muniment/verification';
import { CliError } from '../exit-codes.js';

/** Builds something out of pins; a pin that is no key is the user's mistake. */
export function withPins<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof PinError) throw new CliError('usage', error.message);
    throw error;
  }
}
