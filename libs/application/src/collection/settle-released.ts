import { plusSeconds, type Attribution, type LocationDeleted, type Sha256 } from '@muniment/domain';
import { blobLock } from '../hashing/blob-lock.js';
import type { BlobReader, BlobRemover } from '../ports/blob-store.js';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';
import type { Locks } from '../ports/locks.js';
import type { Collections, ReleasedFile, ReleasedPosition } from '../ports/retention.js';
import type { DueWork } from '../ports/views.js';
import { FatesOfContents } from './fates-of-contents.js';
import { inParallel } from './in-parallel.js';
import { settlements, type Settlement } from './settlements.js';

/** Files of one page: as many blobs are locked, and removed in one request to the store. */
const page = 500;
/** Records on their way at once: those of one moment share a statement. */
const width = 64;

/** What one pass did. The last three are left for a later pass. */
export interface Settled {
  readonly deleted: number;
  readonly bytesReclaimed: number;
  /** Somebody else works with the content, or appended to the package. */
  readonly busy: number;
  /** Verified too recently. */
  readonly young: number;
  readonly failed: number;
}

export interface SettlePorts {
  readonly collections: Collections;
  readonly due: DueWork;
  readonly locks: Locks;
  readonly store: BlobRemover & BlobReader;
  readonly log: EventLog;
}

/**
 * Gives up the places of collected files: removes the bytes that nobody refers to any more, and records for every file whether its bytes went. A content
 * is decided on while its blob is locked, so nothing becomes a reference in between. Whatever cannot be settled now stays as it is for a later pass.
 */
export class SettleReleased {
  /** @param onFailure Told about every content or package that an error kept from being settled. */
  constructor(
    private readonly ports: SettlePorts,
    private readonly minimumAgeSeconds: number,
    private readonly onFailure: (error: unknown, what: string) => void,
  ) {}

  /** Looks at every released file once. */
  async pass(attribution: Attribution): Promise<Settled> {
    const sum = { deleted: 0, bytesReclaimed: 0, busy: 0, young: 0, failed: 0 };
    for (let after: ReleasedPosition | null = null; ; ) {
      const files: readonly ReleasedFile[] = await this.ports.collections.releasedFiles(after, page);
      const last = files.at(-1);
      if (!last) return sum;
      after = last;
      const settled = await this.settle(files, attribution);
      for (const key of ['deleted', 'bytesReclaimed', 'busy', 'young', 'failed'] as const) sum[key] += settled[key];
    }
  }

  private settle(files: readonly ReleasedFile[], attribution: Attribution): Promise<Settled> {
    const contents = [...new Set(files.map(({ sha256 }) => sha256))];
    return this.ports.locks.tryHoldAll(contents.map(blobLock), async (held) => {
      const mine = contents.filter((sha256) => held.has(blobLock(sha256)));
      const fates = await this.fates(mine, files, attribution);
      await this.remove(fates, files);
      const tried = settlements(files, fates);
      const outcome = await this.record(tried, attribution);
      const kept = (fate: string): number => files.filter(({ sha256 }) => fates.of(sha256) === fate).length;
      return { ...outcome, busy: kept('busy') + outcome.busy, young: kept('young'), failed: kept('failed') + outcome.failed };
    });
  }

  private async fates(mine: readonly Sha256[], files: readonly ReleasedFile[], { time }: Attribution): Promise<FatesOfContents> {
    const { due, collections } = this.ports;
    const referenced = await due.referencedBlobs(mine);
    const free = mine.filter((sha256) => !referenced.has(sha256));
    const around = await collections.releasedContents(free, plusSeconds(time, -this.minimumAgeSeconds));
    return new FatesOfContents(files, referenced, around);
  }

  /** One request for all; when it fails, one for each, so that a bad one does not keep the others. */
  private async remove(fates: FatesOfContents, files: readonly ReleasedFile[]): Promise<void> {
    const last = fates.withFate('last');
    if (last.length === 0) return;
    for (const sha256 of last) {
      // Never verified: perhaps it never had a blob, and then nothing is reclaimed.
      const verified = files.some((file) => file.sha256 === sha256 && file.verified);
      if (!verified && !(await this.stored(sha256))) fates.decide(sha256, 'absent');
    }
    try {
      await this.ports.store.removeBlobs(last);
    } catch {
      await inParallel(last, width, async (sha256) => {
        try {
          await this.ports.store.removeBlobs([sha256]);
        } catch (error) {
          this.onFailure(error, `blob ${sha256}`);
          fates.decide(sha256, 'failed');
        }
      });
    }
  }

  private async stored(sha256: Sha256): Promise<boolean> {
    const opened = await this.ports.store.openBlob(sha256);
    opened?.stream.destroy();
    return opened !== null;
  }

  private async record(
    { independent, ordered }: { readonly independent: readonly Settlement[]; readonly ordered: readonly Settlement[] },
    attribution: Attribution,
  ): Promise<Pick<Settled, 'deleted' | 'bytesReclaimed' | 'busy' | 'failed'>> {
    const sum = { deleted: 0, bytesReclaimed: 0, busy: 0, failed: 0 };
    const one = async (settlement: Settlement): Promise<boolean> => {
      const outcome = await this.append(settlement, attribution);
      const { files } = settlement;
      if (outcome !== 'recorded') sum[outcome] += files.length;
      else {
        sum.deleted += files.length;
        sum.bytesReclaimed += files.reduce((bytes, { file, physicallyRemoved }) => bytes + (physicallyRemoved ? file.size : 0), 0);
      }
      return outcome === 'recorded';
    };
    await inParallel(independent, width, async (settlement) => void (await one(settlement)));
    // Packages with the same content: the one that says "removed" comes last, so that it is said once also when this process is killed in between.
    const owed = new Set<Sha256>();
    for (const settlement of ordered) {
      const honest = settlement.files.map((f) => ({ ...f, physicallyRemoved: f.physicallyRemoved && !owed.has(f.file.sha256) }));
      if (!(await one({ ...settlement, files: honest }))) for (const { file } of settlement.files) owed.add(file.sha256);
    }
    return sum;
  }

  private async append({ packageId, revision, files }: Settlement, attribution: Attribution): Promise<'recorded' | 'busy' | 'failed'> {
    const { log, store } = this.ports;
    const facts = files.map(
      ({ file, physicallyRemoved }): LocationDeleted => ({
        type: 'v1.storage.location_deleted',
        payload: {
          collection_id: file.collectionId,
          path: file.path,
          sha256: file.sha256,
          blake3: file.blake3,
          size: file.size,
          backend: store.backend,
          physically_removed: physicallyRemoved,
          deleted_at: attribution.time,
        },
      }),
    );
    try {
      await log.append({ subject: { kind: 'package', id: packageId }, expectedRevision: revision, facts, attribution });
      return 'recorded';
    } catch (error) {
      if (error instanceof RevisionConflict) return 'busy';
      this.onFailure(error, `package ${packageId}`);
      return 'failed';
    }
  }
}
