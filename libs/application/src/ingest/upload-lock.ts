/** Held by whoever completes an upload session, from its last byte to its end. */
export function uploadLock(sessionId: string): string {
  return `upload:${sessionId}`;
}
