/** Held by whoever opens an upload session, or completes it, from its last byte to its end. */
export function uploadLock(sessionId: string): string {
  return `upload:${sessionId}`;
}
