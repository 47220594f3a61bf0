/** Held by whoever decides which store is the archive's. */
export const storeLock = 'object-store';
