/**
 * Held while staged bytes that nobody needs are removed, and by whoever recorded a file so late that its bytes may have been taken for such. Who records first and looks
 * afterwards, and who looks and removes, then never miss each other.
 */
export function stagingLock(stagingKey: string): string {
  return `staged:${stagingKey}`;
}

/** Nobody takes staged bytes for an orphan that are younger than this, in milliseconds: the least that a reaper's age may be. */
export const neverOrphanedMs = 1_000;
