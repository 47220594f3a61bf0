import type { BlobLister, BlobReader, StoredBlob } from '../ports/blob-store.js';
import type { ReferencedContent, ReferencedContents } from '../ports/retention.js';
import type { DueWork } from '../ports/views.js';

const page = 1_000;
/** Findings of each kind that are named; beyond that they are counted. */
const named = 1_000;

export interface StorageFinding {
  readonly sha256: string;
  readonly size: number;
  readonly storedSize?: number;
}

export interface FoundKind {
  readonly count: number;
  readonly bytes: number;
  /** The first thousand. */
  readonly examples: readonly StorageFinding[];
}

export interface StorageComparison {
  readonly referenced: { readonly count: number; readonly bytes: number };
  readonly stored: { readonly count: number; readonly bytes: number };
  readonly missing: FoundKind;
  readonly sizeDiffers: FoundKind;
  /** Nothing refers to it, and it is younger than the reaper's age: most likely on its way to a reference. */
  readonly unreferencedYoung: FoundKind;
  /** Nothing refers to it and the next run of the reaper removes it. */
  readonly unreferencedOld: FoundKind;
  /** Bytes in the store that packages of a repository refer to; a content that two repositories hold counts for each. */
  readonly physicalByRepository: ReadonlyMap<string, number>;
}

/**
 * Compares what packages refer to with what the store lists. Both come in order of their digests, so memory does not grow with the archive. Services may
 * go on meanwhile: what looks wrong is looked at once more before it is reported.
 */
export class VerifyStorage {
  constructor(
    private readonly contents: ReferencedContents,
    private readonly due: DueWork,
    private readonly store: BlobLister & BlobReader,
  ) {}

  /** @param reaperAge What changed before this instant and has no reference is what the reaper removes. */
  async execute(reaperAge: Date): Promise<StorageComparison> {
    const found = new Comparison(reaperAge);
    const suspects = { missing: [] as ReferencedContent[], unreferenced: [] as StoredBlob[] };
    const listing = this.store.listBlobs(new Date(8.64e15))[Symbol.asyncIterator]();
    let blob = await listing.next();
    const settleSuspects = async (least: number): Promise<void> => {
      if (suspects.missing.length > least) await this.confirmMissing(suspects.missing.splice(0), found);
      if (suspects.unreferenced.length > least) await this.confirmUnreferenced(suspects.unreferenced.splice(0), found);
    };
    for await (const content of this.referenced()) {
      for (; blob.done !== true && blob.value.sha256 < content.sha256; blob = await listing.next()) {
        found.listed(blob.value);
        suspects.unreferenced.push(blob.value);
        await settleSuspects(page);
      }
      if (blob.done !== true && blob.value.sha256 === content.sha256) {
        found.listed(blob.value);
        found.met(content, blob.value);
        blob = await listing.next();
      } else suspects.missing.push(content);
      found.counted(content);
      await settleSuspects(page);
    }
    for (; blob.done !== true; blob = await listing.next()) {
      found.listed(blob.value);
      suspects.unreferenced.push(blob.value);
      await settleSuspects(page);
    }
    await settleSuspects(0);
    return found.report();
  }

  private async *referenced(): AsyncGenerator<ReferencedContent> {
    for (let after = ''; ; ) {
      const contents = await this.contents.page(after, page);
      yield* contents;
      const last = contents.at(-1);
      if (last === undefined) return;
      after = last.sha256;
    }
  }

  /** A content that came after the listing had passed its place, or went before: neither is missing. */
  private async confirmMissing(suspects: readonly ReferencedContent[], found: Comparison): Promise<void> {
    const absent: ReferencedContent[] = [];
    for (const content of suspects) {
      const opened = await this.store.openBlob(content.sha256);
      opened?.stream.destroy();
      if (opened === null) absent.push(content);
    }
    const still = await this.contents.still(absent.map(({ sha256 }) => sha256));
    for (const { sha256, size } of absent) if (still.has(sha256)) found.missing.add({ sha256, size });
  }

  private async confirmUnreferenced(suspects: readonly StoredBlob[], found: Comparison): Promise<void> {
    const referenced = await this.due.referencedBlobs(suspects.map(({ sha256 }) => sha256));
    for (const blob of suspects) if (!referenced.has(blob.sha256)) found.unreferenced(blob);
  }
}

class Findings {
  private count = 0;
  private bytes = 0;
  private readonly examples: StorageFinding[] = [];

  add(finding: StorageFinding): void {
    this.count++;
    this.bytes += finding.size;
    if (this.examples.length < named) this.examples.push(finding);
  }

  report(): FoundKind {
    return { count: this.count, bytes: this.bytes, examples: this.examples };
  }
}

class Comparison {
  readonly missing = new Findings();
  private readonly sizeDiffers = new Findings();
  private readonly young = new Findings();
  private readonly old = new Findings();
  private readonly totals = { referenced: { count: 0, bytes: 0 }, stored: { count: 0, bytes: 0 } };
  private readonly physical = new Map<string, number>();

  constructor(private readonly reaperAge: Date) {}

  listed({ size }: StoredBlob): void {
    this.totals.stored.count++;
    this.totals.stored.bytes += size;
  }

  counted({ size }: ReferencedContent): void {
    this.totals.referenced.count++;
    this.totals.referenced.bytes += size;
  }

  met({ sha256, size, repositories }: ReferencedContent, blob: StoredBlob): void {
    for (const repository of repositories) this.physical.set(repository, (this.physical.get(repository) ?? 0) + blob.size);
    if (blob.size !== size) this.sizeDiffers.add({ sha256, size, storedSize: blob.size });
  }

  unreferenced({ sha256, size, changed }: StoredBlob): void {
    (changed < this.reaperAge ? this.old : this.young).add({ sha256, size });
  }

  report(): StorageComparison {
    return {
      ...this.totals,
      missing: this.missing.report(),
      sizeDiffers: this.sizeDiffers.report(),
      unreferencedYoung: this.young.report(),
      unreferencedOld: this.old.report(),
      physicalByRepository: this.physical,
    };
  }
}
