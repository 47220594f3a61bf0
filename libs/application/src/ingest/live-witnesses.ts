import { DualDigest } from '@muniment/formats';

const maxLive = 1_000;

/**
 * Running digests of uploads that this process is receiving. Digest state cannot leave the process (OpenSSL exports none), so a session that moves
 * to another process, or outlives this one, loses its witness and is read back before its commit instead.
 */
export class LiveWitnesses {
  private readonly live = new Map<string, DualDigest>();

  /** The digest of exactly the first `offset` bytes, if this process saw them all. Taking it removes it: whoever continues puts it back. */
  take(sessionId: string, offset: number): DualDigest | null {
    const digest = this.live.get(sessionId);
    this.live.delete(sessionId);
    if (digest?.size === offset) return digest;
    return offset === 0 ? new DualDigest() : null;
  }

  put(sessionId: string, digest: DualDigest): void {
    // Bound: abandoned sessions must not collect; the oldest falls out and is read back if it ever comes again.
    const oldest = this.live.keys().next();
    if (this.live.size >= maxLive && !oldest.done) this.live.delete(oldest.value);
    this.live.set(sessionId, digest);
  }
}
