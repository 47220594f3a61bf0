import type { UploadProgress, UploadSessions } from '@muniment/application';
import { isOpen, type Instant, type UploadSession } from '@muniment/domain';

interface Lease {
  readonly owner: string;
  readonly until: Instant;
}

export class MemoryUploadSessions implements UploadSessions {
  private readonly sessions = new Map<string, UploadSession>();
  private readonly leases = new Map<string, Lease>();

  async open(session: UploadSession): Promise<UploadSession> {
    await Promise.resolve();
    const existing = this.sessions.get(session.id);
    if (existing) return existing;
    this.sessions.set(session.id, session);
    return session;
  }

  async find(id: string): Promise<UploadSession | null> {
    await Promise.resolve();
    return this.sessions.get(id) ?? null;
  }

  async progress(id: string, change: UploadProgress): Promise<void> {
    await Promise.resolve();
    const session = this.sessions.get(id);
    if (session && isOpen(session)) this.sessions.set(id, { ...session, ...change });
  }

  async end(id: string, phase: 'committed' | 'aborted' | 'expired'): Promise<void> {
    await this.progress(id, { phase });
  }

  async overdue(now: Instant, limit: number): Promise<readonly UploadSession[]> {
    await Promise.resolve();
    const overdue = [...this.sessions.values()].filter((session) => isOpen(session) && session.expiresAt <= now);
    return overdue.sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1)).slice(0, limit);
  }

  async lease(id: string, owner: string, now: Instant, until: Instant): Promise<boolean> {
    await Promise.resolve();
    const held = this.leases.get(id);
    if (!this.sessions.has(id) || (held && held.owner !== owner && held.until > now)) return false;
    this.leases.set(id, { owner, until });
    return true;
  }

  async release(id: string, owner: string): Promise<void> {
    await Promise.resolve();
    if (this.leases.get(id)?.owner === owner) this.leases.delete(id);
  }

  /** Staging keys that sessions which may still be committed stand on. */
  openStagingKeys(): readonly string[] {
    return [...this.sessions.values()].filter(isOpen).map((session) => session.stagingKey);
  }
}
