import {
  ApplyHold,
  CurateSets,
  ExplainRetention,
  ExtendRetention,
  OpenFile,
  PreviewRetention,
  ReadPackage,
  ReleaseHold,
  RestorePackage,
  SweepRetention,
  ValidatePackage,
} from '@muniment/application';
import { instantOf, plusSeconds, type Principal, type RetentionEvent, type ValidationResult } from '@muniment/domain';
import { TestArchive, writer } from './archive.js';

export const day = 86_400;

/** Somebody who decides how long things are kept. */
export const keeper: Principal = { ...writer, tokenId: 'keeper', name: 'records', verbs: ['retention', 'read'] };

/** The use cases of retention over an archive in memory, with short spellings. */
export class TestDesk {
  readonly archive = new TestArchive();
  private readonly world = this.archive.world;
  readonly packages = new ReadPackage(this.world.views, this.world.states);
  readonly explain = new ExplainRetention(this.world.log, this.packages);
  readonly preview = new PreviewRetention(this.world.sweeps);
  readonly files = new OpenFile(this.packages, this.world.states, this.world.views, this.archive.store);

  pass(seconds: number): void {
    this.world.clock.pass(seconds);
  }

  get now() {
    return this.world.clock.now();
  }

  extend(packageId: string, seconds: number, reason = 'audit', caller = keeper) {
    const { log, states, clock } = this.world;
    const newExpiresAt = plusSeconds(this.now, seconds);
    return new ExtendRetention(log, states, clock).execute({ caller, packageId, reason, newExpiresAt, traceparent: null });
  }

  hold(packageId: string, holdId = this.world.ids.next(), reason = 'lawsuit', caller = keeper) {
    const { log, states, clock } = this.world;
    return new ApplyHold(log, states, clock).execute({ caller, packageId, reason, holdId, traceparent: null });
  }

  release(packageId: string, holdId: string, reason = 'settled', caller = keeper) {
    const { log, states, clock } = this.world;
    return new ReleaseHold(log, states, clock).execute({ caller, packageId, reason, holdId, traceparent: null });
  }

  restore(packageId: string, reason = 'still needed', caller = keeper) {
    const { log, states, clock } = this.world;
    return new RestorePackage(log, states, clock).execute({ caller, packageId, reason, traceparent: null });
  }

  validate(packageId: string, result: ValidationResult = 'passed', caller = writer, validationId = this.world.ids.next(), keep = 1) {
    const { log, states, clock, curatedSets } = this.world;
    const useCase = new ValidatePackage(log, states, curatedSets, keep, clock);
    return useCase.execute({ caller, packageId, validationId, result, report: { tests: 3 }, traceparent: null });
  }

  sweep() {
    const { log, states, sweeps, curatedSets } = this.world;
    const sweep = new SweepRetention(sweeps, new CurateSets(log, states, curatedSets, 1));
    return sweep.execute({ dryRun: false, attribution: { actor: 'service:retention', time: this.now } });
  }

  /** Appends what a collection would. */
  async append(packageId: string, ...facts: readonly RetentionEvent[]): Promise<void> {
    const expectedRevision = this.world.log.packages.get(packageId)?.state.revision ?? 0;
    const attribution = { actor: 'service:retention', time: this.now };
    await this.world.log.append({ subject: { kind: 'package', id: packageId }, expectedRevision, facts, attribution });
  }

  async trash(packageId: string): Promise<void> {
    const payload = { collection_id: this.world.ids.next(), trashed_at: this.now, purge_after: plusSeconds(this.now, 7 * day) };
    await this.append(packageId, { type: 'v1.retention.trashed', payload });
  }

  /** Makes the package a tombstone that released the files at these paths. */
  async collect(packageId: string, paths: readonly string[]): Promise<void> {
    const held = await this.world.states.files(packageId);
    const named = ({ path, sha256, blake3, size }: (typeof held)[number]) => ({ path, sha256, blake3, size });
    const rule = {
      retention_class: 'raw-evidence',
      expires_at: this.now,
      eligible_since: this.now,
      trashed_at: this.now,
      purge_after: this.now,
    };
    await this.append(packageId, {
      type: 'v1.retention.collected',
      payload: {
        collection_id: this.world.ids.next(),
        collected_at: this.now,
        rule,
        checked: { active_holds: 0, released_holds: [], curated: false },
        manifest_digest: null,
        released: held.filter(({ path }) => paths.includes(path)).map(named),
        kept: held.filter(({ path }) => !paths.includes(path)).map(named),
      },
    });
  }

  /** A finalized package with these files. */
  async archived(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    const packageId = await this.archive.open();
    for (const [path, content] of Object.entries(files)) await this.archive.put(packageId, { path, content });
    await this.archive.requestFinalization(packageId);
    await this.archive.settle();
    return packageId;
  }

  /** What happened to the package after it was opened, in short. */
  async happened(packageId: string): Promise<readonly string[]> {
    return (await this.archive.factTypes(packageId)).map((type) => type.replace('v1.', ''));
  }
}

/** The instant a text means. */
export function at(text: string) {
  return instantOf(new Date(text));
}
