import { Refusal } from '../errors.js';

/** The refusal that `decide` ends in. Throws when it does not refuse. */
export function refusalOf(decide: () => unknown): Refusal {
  try {
    decide();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}
