import type { DueWork, SequencedEvent } from '@muniment/application';
import type { FileState, Instant } from '@muniment/domain';
import type { FoldedPackage } from './fold-package.js';
import type { MemoryLog } from './memory-log.js';
import { referencesTo } from './memory-package-views.js';
import type { MemoryUploadSessions } from './memory-upload-sessions.js';

export class MemoryDueWork implements DueWork {
  constructor(
    private readonly log: MemoryLog,
    private readonly uploads: MemoryUploadSessions,
  ) {}

  async events(reactingTypes: readonly string[], olderThan: Instant, after: bigint, limit: number): Promise<readonly SequencedEvent[]> {
    const events = await this.log.read({ after, limit: Number.MAX_SAFE_INTEGER, types: reactingTypes });
    return events.filter((e) => e.time < olderThan && isDue(this.log.packages.get(e.subject.id), e.type)).slice(0, limit);
  }

  async neededStagingKeys(keys: readonly string[]): Promise<ReadonlySet<string>> {
    await Promise.resolve();
    const needed = [...this.received().map((file) => file.stagingKey), ...this.uploads.openStagingKeys()];
    return new Set(keys.filter((key) => needed.includes(key)));
  }

  async referencedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    await Promise.resolve();
    const received = this.received();
    const proven = new Set(
      [...this.log.packages.values()].flatMap(({ evidence }) => [...evidence.values()].map(({ item }) => String(item.sha256))),
    );
    return new Set(
      sha256s.filter((s) => proven.has(s) || referencesTo(this.log, s).length > 0 || received.some((file) => file.sha256 === s)),
    );
  }

  private received(): readonly FileState[] {
    return [...this.log.packages.values()].flatMap(({ files }) => [...files.values()].filter((file) => file.phase === 'received'));
  }
}

const callForAttestation = new Set(['v1.package.finalized', 'v1.package.validated', 'v1.attestation.requested']);

function isDue(folded: FoldedPackage | undefined, type: string): boolean {
  if (!folded) return false;
  if ((folded.due.length > 0 || folded.filesDue.size > 0) && callForAttestation.has(type)) return true;
  const { phase, finalizationDue } = folded.state;
  return (phase === 'created' && finalizationDue) || [...folded.files.values()].some((file) => file.phase === 'received');
}
