import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/utils';
import { systemClock, systemIds } from '@muniment/assembly';
import { isOpen, plusSeconds } from '@muniment/domain';
import type { UploadSessions } from '@muniment/application';

const leaseSeconds = 15;
const renewMs = 5_000;
const retryMs = 100;
/** Longer than a lease: a session whose gateway was killed can be resumed by a client that waits. */
const patienceMs = 20_000;

/**
 * One writer per session, in all gateways together: a lease in the database, renewed while the request runs. Whoever comes second in the same
 * process asks the first to let go, as tus wants for clients that reconnect while their old connection still hangs.
 */
export class TusLeases implements Locker {
  private readonly holders = new Map<string, RequestRelease>();

  constructor(private readonly uploads: UploadSessions) {}

  newLock(id: string): Lock {
    return new Lease(id, this.uploads, this.holders);
  }
}

class Lease implements Lock {
  private readonly owner = systemIds.next();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly id: string,
    private readonly uploads: UploadSessions,
    private readonly holders: Map<string, RequestRelease>,
  ) {}

  async lock(signal: AbortSignal, release: RequestRelease): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await this.take())) {
      // A session that does not exist yet is being created: nobody else can know its id. One that has ended takes no bytes from anybody.
      const session = await this.uploads.find(this.id);
      if (session === null || !isOpen(session)) return;
      if (signal.aborted || Date.now() > deadline) throw Object.assign(new Error(ERRORS.ERR_LOCK_TIMEOUT.body), ERRORS.ERR_LOCK_TIMEOUT);
      await this.holders.get(this.id)?.();
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    this.holders.set(this.id, release);
    // A renewal that fails is tried again before the lease runs out; if all fail, another gateway may take over, which is what a lease is for.
    this.timer = setInterval(() => void this.take().catch(() => false), renewMs);
  }

  async unlock(): Promise<void> {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.holders.delete(this.id);
    await this.uploads.release(this.id, this.owner);
  }

  private take(): Promise<boolean> {
    // The machine's time also where a file stands in for the clock: a lease is between processes and must run out.
    const now = systemClock.now();
    return this.uploads.lease(this.id, this.owner, now, plusSeconds(now, leaseSeconds));
  }
}
