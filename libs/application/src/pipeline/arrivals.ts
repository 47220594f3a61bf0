import { setImmediate as endOfTurn } from 'node:timers/promises';

/**
 * Resolves when a turn of the event loop has brought nobody else, or `enough` are waiting. Requests that have already reached this process, and have not been
 * read yet, come along that way; one that is alone waits for a single turn.
 */
export async function allArrived(waiting: () => number, enough: number): Promise<void> {
  let before: number;
  do {
    before = waiting();
    await endOfTurn();
  } while (waiting() > before && waiting() < enough);
}
