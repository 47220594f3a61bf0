import {
  counterpartPath,
  filesWithoutMeta,
  finalizePackage,
  type FileIngested,
  type FilePath,
  type FinalizePackage as FinalizeCommand,
  type FileState,
  type Instant,
  type PackageState,
} from '@muniment/domain';
import { declarationOf, identify, parseMeta, writeMeta } from '@muniment/formats';
import type { BlobPromoter, BlobReader } from '../ports/blob-store.js';
import type { Clock, Ids } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { Held, Locks } from '../ports/locks.js';
import type { PackageStates, PackageViews } from '../ports/views.js';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import { blobLock } from '../hashing/blob-lock.js';

export const metaMediaType = 'text/plain; charset=utf-8';

interface MadeMeta {
  readonly fact: FileIngested;
  readonly bytes: Uint8Array;
}

interface Loaded {
  readonly package: PackageState;
  readonly files: readonly FileState[];
  readonly retention: FinalizeCommand['retention'];
  readonly made: readonly MadeMeta[];
}

/** Makes missing `.meta` records and the canonical manifest. Exactly once, however often the job runs. */
export class FinalizePackage {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly views: PackageViews,
    private readonly store: BlobReader & BlobPromoter,
    private readonly locks: Locks,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** True when this call finalized the package. */
  async execute(packageId: string, traceparent: string | null): Promise<boolean> {
    const now = this.clock.now();
    const first = await this.load(packageId, now);
    const names = first.made.map(({ fact }) => blobLock(fact.payload.sha256));
    // From the bytes to the event that refers to them: a collection that removes the same content waits, or is waited for.
    return names.length === 0
      ? this.append(packageId, now, traceparent, first)
      : this.locks.holdAll(names, (under) => this.append(packageId, now, traceparent, first, under));
  }

  /** The records made depend on files and instant alone, so after a conflict they are the same ones again. */
  private async append(packageId: string, now: Instant, traceparent: string | null, first: Loaded, under?: Held): Promise<boolean> {
    const { facts } = await decideAndAppend(this.log, {
      packageId,
      attribution: { actor: 'service:hasher', time: now, ...(traceparent === null ? {} : { traceparent }) },
      under,
      known: first,
      load: () => this.load(packageId, now),
      revisionOf: (loaded) => loaded.package.revision,
      decide: ({ package: pkg, files, retention, made }) =>
        finalizePackage(pkg, files, { retention, madeMetas: made.map((m) => m.fact) }, { now }),
      prepare: async (_, { made }) => {
        for (const { fact, bytes } of made) await this.store.putBlob(fact.payload.sha256, bytes);
      },
    });
    return facts.length > 0;
  }

  private async load(packageId: string, now: Instant): Promise<Loaded> {
    const loaded = await this.states.package(packageId);
    const view = await this.views.one(packageId);
    if (!loaded || !view) throw new Error(`package ${packageId} is to be finalized but does not exist`);
    const files = await this.states.files(packageId);
    const made = loaded.package.phase === 'created' ? filesWithoutMeta(files).map((file) => this.madeMeta(loaded.package, file, now)) : [];
    const retention = { retentionClass: view.retention.retentionClass, expiresAt: view.retention.expiresAt };
    return { package: loaded.package, files, retention, made };
  }

  private madeMeta(pkg: PackageState, file: FileState, now: Instant): MadeMeta {
    const bytes = writeMeta(metaEntries(pkg, file, now));
    const fact: FileIngested = {
      type: 'v1.file.ingested',
      payload: {
        ...identify(bytes),
        file_id: this.ids.next(),
        path: counterpartPath(file.path as FilePath),
        media_type: metaMediaType,
        origin: 'archive',
        format: 'meta',
        member_count: 0,
        members: null,
        wheel: null,
        declares: declarationOf(parseMeta(bytes)),
        backend: this.store.backend,
        verified_at: now,
      },
    };
    return { fact, bytes };
  }
}

/** What the archive itself knows of a file (docs/formats/meta.md); runner facts are the CI's to tell, so they stay absent. */
function metaEntries(pkg: PackageState, file: FileState, now: Instant): readonly (readonly [string, string])[] {
  const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const wheels = (file.members ?? []).filter((m) => m.wheel !== null).map((m) => base(m.path));
  const { run, repository } = pkg.description;
  return [
    ['name', base(file.path)],
    ['sha256', file.sha256],
    ...(file.blake3 === null ? [] : [['blake3', file.blake3] as const]),
    ['size', String(file.size)],
    ['created_at', now.replace(/\.\d{3}Z$/, 'Z')],
    ['wheels', wheels.join(',')],
    ['repository', repository],
    ...(run === null ? [] : [['run_id', run.id] as const]),
    ...(run?.commit ? [['git_commit', run.commit] as const] : []),
    ['made_by', 'muniment'],
  ];
}
