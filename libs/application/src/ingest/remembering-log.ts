import { counterpartPath, openedPackageState, wayOf, type FilePath, type FileView, type PackageState } from '@muniment/domain';
import type { Append, EventLog, EventQuery, SequencedEvent } from '../ports/event-log.js';

/** Most that is remembered, counted in characters: of paths, and of what was said of packages. */
const capacity = 8 * 1024 * 1024;
/** What an entry of a set takes beside its text. */
const perEntry = 64;

interface Remembered {
  /** As this process's last append left it; only `overlooked` facts of others may have come since. */
  state: PackageState;
  /** Where a file was ever received. */
  readonly paths: Set<string>;
  /** Every folder that one of them lies in. */
  readonly folders: Set<string>;
  size: number;
}

/**
 * A log that remembers the packages which were created through it and of which every file was received through it: there it knows what stands where without
 * asking. A decision on what it remembers is as safe as one on what was read: the append expects the revision, and is refused when anybody else recorded what it
 * had to know. Then, after any error and after any other fact, the package is forgotten.
 *
 * What is remembered may be old, so it serves only who appends next, and says "free" or nothing.
 */
export class RememberingLog implements EventLog {
  /** Whoever was asked about longest ago comes first. */
  private readonly packages = new Map<string, Remembered>();
  private size = 0;

  constructor(
    private readonly log: EventLog,
    private readonly maxSize = capacity,
  ) {}

  /** The view of a path at which no file ever stood, with nothing in its way nor beside it; null: ask the views. */
  freeAt(packageId: string, path: FilePath): FileView | null {
    const known = this.packages.get(packageId);
    if (known === undefined) return null;
    this.packages.delete(packageId);
    this.packages.set(packageId, known);
    const { files, folders } = wayOf(path);
    const taken =
      [path, counterpartPath(path), ...files].some((one) => known.paths.has(one)) || folders.some((one) => known.folders.has(one));
    return taken ? null : { package: known.state, file: null, counterpart: null, inTheWay: null, counts: null };
  }

  async append(append: Append): Promise<{ readonly revision: number }> {
    try {
      const appended = await this.log.append(append);
      this.learn(append, appended.revision);
      return appended;
    } catch (error) {
      // Somebody else appended, or nobody knows whether it happened.
      this.forget(append.subject.id);
      throw error;
    }
  }

  read(query: EventQuery): Promise<readonly SequencedEvent[]> {
    return this.log.read(query);
  }

  head(): Promise<bigint> {
    return this.log.head();
  }

  onSequenced(listener: () => void): () => void {
    return this.log.onSequenced(listener);
  }

  private learn({ subject, expectedRevision, facts }: Append, revision: number): void {
    const [first, ...others] = facts;
    if (first?.type === 'v1.package.created' && others.every(({ type }) => type === 'v1.retention.default_applied')) {
      const size = JSON.stringify(first.payload).length;
      this.remember(subject.id, { state: openedPackageState(first.payload, revision), paths: new Set(), folders: new Set(), size });
      return;
    }
    const known = this.packages.get(subject.id);
    if (known === undefined) return;
    this.forget(subject.id);
    // Decided at another revision than the one that is remembered: something is missing in between.
    if (known.state.revision !== expectedRevision) return;
    for (const fact of facts) {
      if (fact.type !== 'v1.file.received') return;
      receive(known, fact.payload.path);
    }
    this.remember(subject.id, { ...known, state: { ...known.state, revision } });
  }

  private remember(packageId: string, known: Remembered): void {
    this.packages.set(packageId, known);
    this.size += known.size;
    for (const [oldest] of this.packages) {
      if (this.size <= this.maxSize) return;
      this.forget(oldest);
    }
  }

  private forget(packageId: string): void {
    this.size -= this.packages.get(packageId)?.size ?? 0;
    this.packages.delete(packageId);
  }
}

function receive(known: Remembered, path: string): void {
  known.paths.add(path);
  known.size += path.length + perEntry;
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end);
    if (known.folders.has(folder)) return;
    known.folders.add(folder);
    known.size += folder.length + perEntry;
  }
}
