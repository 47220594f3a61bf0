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
  /** Of requests that are creating their session, which has no row to lease yet. */
  private readonly creating = new Map<string, Lease>();

  constructor(private readonly uploads: UploadSessions) {}

  newLock(id: string): Lock {
    return new Lease(id, this.uploads, this.holders, this.creating);
  }

  /** To be told as soon as a session has its row: bytes may come with the request that created it, and nobody else may write beside them. */
  async created(id: string): Promise<void> {
    await this.creating.get(id)?.begin();
  }
}

class Lease implements Lock {
  private readonly owner = systemIds.next();
  private timer: NodeJS.Timeout | null = null;
  private release: RequestRelease | null = null;

  constructor(
    private readonly id: string,
    private readonly uploads: UploadSessions,
    private readonly holders: Map<string, RequestRelease>,
    private readonly creating: Map<string, Lease>,
  ) {}

  async lock(signal: AbortSignal, release: RequestRelease): Promise<void> {
    this.release = release;
    const deadline = Date.now() + patienceMs;
    while (!(await this.take())) {
      const session = await this.uploads.find(this.id);
      if (session === null) return void this.creating.set(this.id, this);
      // One that has ended takes no bytes from anybody.
      if (!isOpen(session)) return;
      if (signal.aborted || Date.now() > deadline) throw taken();
      await this.holders.get(this.id)?.();
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    this.hold();
  }

  /** The session that this request created has its row now. */
  async begin(): Promise<void> {
    if (!(await this.take())) throw taken();
    this.hold();
  }

  private hold(): void {
    if (this.release !== null) this.holders.set(this.id, this.release);
    // A renewal that fails is tried again before the lease runs out; if all fail, another gateway may take over, which is what a lease is for.
    this.timer = setInterval(() => void this.take().catch(() => false), renewMs);
  }

  async unlock(): Promise<void> {
    if (this.creating.get(this.id) === this) this.creating.delete(this.id);
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

function taken(): Error {
  return Object.assign(new Error(ERRORS.ERR_LOCK_TIMEOUT.body), ERRORS.ERR_LOCK_TIMEOUT);
}
