import { mayEverywhere, Refusal, type Principal } from '@muniment/domain';
import type { EventLog } from '../ports/event-log.js';
import type { WantedCosignatures } from '../ports/log-tree.js';
import { readableRepositories, type ReadPackage } from '../reading/read-package.js';
import type { Consistency, Inclusion, ReadLogTree } from './read-log-tree.js';

/** Null: somebody without a token; only where the log is public. */
export type Visitor = Principal | null;

/**
 * The tree of the log for those who may see it. Hashes and checkpoints say nothing about any repository: every token that may read something may read
 * them. Entries say who did what and why, so that they are for those who may read the event, and whole bundles for those who may read everything.
 * Where the operator made the log public, everybody may read all of it; payloads are never part of it.
 */
export class ServeLog {
  constructor(
    private readonly tree: ReadLogTree,
    private readonly log: Pick<EventLog, 'read'>,
    private readonly packages: Pick<ReadPackage, 'visible'>,
    readonly isPublic: boolean,
  ) {}

  async checkpoint(visitor: Visitor, wanted: WantedCosignatures): Promise<string> {
    this.assertReader(visitor);
    return this.tree.checkpoint(wanted);
  }

  /** Bytes of a tile or of a bundle of entries, by its path from `tile/` on. */
  async tile(visitor: Visitor, path: string): Promise<Uint8Array> {
    this.assertReader(visitor);
    if (path.startsWith('tile/entries/') && !this.isPublic && (visitor === null || !mayEverywhere(visitor, 'read')))
      throw new Refusal('forbidden', 'Entries of the whole log are for tokens that may read every repository.');
    return this.tree.tile(path);
  }

  async consistency(visitor: Visitor, older: number, wanted: WantedCosignatures): Promise<Consistency> {
    this.assertReader(visitor);
    return this.tree.consistency(older, wanted);
  }

  async inclusion(visitor: Visitor, sequence: number, wanted: WantedCosignatures): Promise<Inclusion> {
    const repositories = this.assertReader(visitor);
    const inclusion = await this.tree.inclusion(sequence, wanted);
    if (this.isPublic) return inclusion;
    const [event] = await this.log.read({ after: BigInt(sequence - 1), limit: 1, repositories });
    if (event?.sequence !== BigInt(sequence))
      throw new Refusal('log_entry_not_found', `There is no event ${sequence} that this token may read.`);
    return inclusion;
  }

  /** Of the event that finalized the package: its payload is the manifest. */
  async ofPackage(caller: Principal, packageId: string, wanted: WantedCosignatures): Promise<Inclusion> {
    await this.packages.visible(packageId, caller);
    const [event] = await this.log.read({ after: 0n, limit: 1, subjectId: packageId, types: ['v1.package.finalized'] });
    if (event === undefined)
      throw new Refusal('package_not_finalized', `Package ${packageId} is not finalized; the log then holds its manifest.`);
    return this.tree.inclusion(Number(event.sequence), wanted);
  }

  private assertReader(visitor: Visitor): readonly string[] {
    const repositories = visitor === null ? [] : readableRepositories(visitor);
    if (!this.isPublic && repositories.length === 0) throw new Refusal('forbidden', 'This token may not read the log.');
    return repositories;
  }
}
