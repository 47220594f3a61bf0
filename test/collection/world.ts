import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ExecuteCollection,
  PlanCollection,
  PurgePackages,
  SettleReleased,
  StartCollection,
  type CollectionSettings,
  type EventLog,
  type Locks,
  type ObjectStore,
  type Planned,
  type WideLog,
} from '@muniment/application';
import type { DomainEvent, FileIngested, FileReceived, Instant, Principal, Sha256 } from '@muniment/domain';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor, identify } from '@muniment/formats';
import { FilesystemStore } from '@muniment/object-store';
import { Postgres } from '@muniment/postgres';
import { CountedIds, ingestedFile, openedPackage, receivedFile, SettableClock } from '@muniment/testing';

export const keeper: Principal = {
  tokenId: 'keeper',
  name: 'records',
  verbs: ['retention'],
  repositories: ['*'],
  expiresAt: null,
  revokedAt: null,
};
export const administrator: Principal = { ...keeper, tokenId: 'admin', name: 'admin', verbs: ['admin'] };

export const day = 86_400;

const defaults: CollectionSettings = { mode: 'manual', graceSeconds: day, trashSeconds: 7 * day, maxSharePercent: 100 };

export interface Given {
  readonly repository?: string;
  /** Path -> content. A path that ends with `.meta` is a verified record. */
  readonly files?: Readonly<Record<string, string>>;
  readonly name?: string;
}

/** The use cases of collection over a real Postgres and a real store. */
export class CollectionWorld {
  private sequencing: Promise<void> = Promise.resolve();
  readonly clock = new SettableClock();
  readonly ids = new CountedIds();
  readonly postgres: Postgres;
  readonly failures: string[] = [];
  settings: CollectionSettings = defaults;
  minimumAgeSeconds = 3_600;
  private readonly directory = mkdtempSync(path.join(tmpdir(), 'muniment-collection-'));
  readonly store: ObjectStore;

  constructor(serviceUrl: string, store?: ObjectStore) {
    this.store = store ?? new FilesystemStore({ root: this.directory });
    this.postgres = new Postgres({ MUNIMENT_DATABASE_URL: serviceUrl, MUNIMENT_DATABASE_POOL: 16 });
  }

  get planner(): PlanCollection {
    return new PlanCollection(this.postgres.collections, this.postgres.ledger, this.settings, this.clock);
  }

  settle(store: ObjectStore = this.store, log: EventLog = this.postgres.log, locks: Locks = this.postgres.locks): SettleReleased {
    const { collections, due } = this.postgres;
    return new SettleReleased({ collections, due, locks, store, log }, this.minimumAgeSeconds, (error, what) =>
      this.failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  executor(
    change: { readonly store?: ObjectStore; readonly log?: EventLog; readonly wideLog?: WideLog; readonly locks?: Locks } = {},
  ): ExecuteCollection {
    const { log, wideLog, collections, locks } = this.postgres;
    const used = change.log ?? log;
    return new ExecuteCollection(
      { log: used, wideLog: change.wideLog ?? wideLog, collections, locks, clock: this.clock },
      new PurgePackages(used, collections, (error, id) => this.failures.push(`${id}: ${String(error)}`)),
      this.settle(change.store, used, change.locks),
    );
  }

  /** Starts a plan as a person does: by its digest. */
  async start(
    planned: Planned,
    change: { readonly caller?: Principal; readonly overrideBrake?: boolean; readonly id?: string } = {},
  ): Promise<string> {
    const { log, collections } = this.postgres;
    const id = await new StartCollection(log, collections, this.planner, this.settings, this.clock).execute({
      caller: change.caller ?? keeper,
      collectionId: change.id ?? randomUUID(),
      planDigest: planned.digest,
      asOf: planned.plan.as_of,
      limit: planned.plan.limit,
      reason: 'quarterly clean-up',
      overrideBrake: change.overrideBrake ?? false,
      traceparent: null,
    });
    await this.sequence();
    return id;
  }

  /** Plan, start, carry out. */
  async collect() {
    const id = await this.start(await this.planner.execute());
    const executed = await this.executor().execute(id, null);
    await this.sequence();
    return { id, ...executed };
  }

  /** One after the other: a pass beside another answers 0 at once, and whoever relied on that would read too early. */
  sequence(): Promise<void> {
    this.sequencing = this.sequencing.then(async () => {
      while ((await this.postgres.sequencer.pass()) > 0);
    });
    return this.sequencing;
  }

  /** A package with verified files whose bytes are in the store. */
  async package({ repository = 'acme/widgets', files = { 'report.json': 'report' }, name = 'report' }: Given = {}): Promise<string> {
    const id = randomUUID();
    const opened = openedPackage(id, { repository, name });
    await this.append(id, 0, opened);
    const facts: DomainEvent[] = [];
    for (const [file, content] of Object.entries(files)) facts.push(await this.stored(file, content));
    if (facts.length > 0) await this.append(id, opened.length, facts);
    return id;
  }

  /** A new package past its expiry and marked. */
  async eligible(files: Readonly<Record<string, string>>, repository = 'acme/widgets'): Promise<string> {
    const id = await this.package({ files, repository });
    this.later(40 * day);
    await this.mark(id);
    return id;
  }

  /** Nothing of earlier specs is left to collect. */
  async reset(): Promise<void> {
    this.settings = defaults;
    this.minimumAgeSeconds = 3_600;
    for (let round = 0; round < 2; round++) {
      this.later(30 * day);
      await this.collect();
    }
    this.failures.length = 0;
  }

  async stored(file: string, content: string): Promise<FileIngested> {
    const bytes = Buffer.from(content);
    const identity = identify(bytes);
    await this.store.putBlob(identity.sha256, bytes);
    const format = file.endsWith('.meta') ? 'meta' : 'opaque';
    const { backend } = this.store;
    return ingestedFile(randomUUID(), { path: file, ...identity, format, backend, verified_at: this.clock.now() });
  }

  received(file: string, content: string, stagingKey: string | null): FileReceived {
    return receivedFile(randomUUID(), { path: file, ...identify(Buffer.from(content)), staging_key: stagingKey });
  }

  /** What the sweep does to one package. */
  async mark(id: string): Promise<void> {
    const expires_at = (await this.retention(id)).expiresAt ?? this.clock.now();
    await this.add(id, { type: 'v1.retention.deletion_eligible', payload: { as_of: this.clock.now(), expires_at } });
  }

  /** Appends whatever revision the package is at. */
  async add(id: string, ...facts: readonly DomainEvent[]): Promise<void> {
    await this.append(id, (await this.postgres.states.retention(id))?.package.revision ?? 0, facts);
  }

  async retention(id: string) {
    const retained = await this.postgres.states.retention(id);
    if (retained === null) throw new Error(`no package ${id}`);
    return retained.retention;
  }

  /** Phase of each file by its path. */
  async phases(id: string): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await this.postgres.states.files(id)).map((file) => [file.path, file.phase]));
  }

  async has(content: string): Promise<boolean> {
    const opened = await this.store.openBlob(identify(Buffer.from(content)).sha256);
    opened?.stream.destroy();
    return opened !== null;
  }

  async facts(id: string): Promise<readonly DomainEvent[]> {
    await this.sequence();
    const events = await this.postgres.log.read({ after: 0n, limit: 10_000, subjectId: id });
    return events.flatMap((event) => parseEvent(event.type, decodeCbor(event.payload)) ?? []);
  }

  async deletions(id: string) {
    return (await this.facts(id)).flatMap((fact) =>
      fact.type === 'v1.storage.location_deleted' ? [{ path: fact.payload.path, removed: fact.payload.physically_removed }] : [],
    );
  }

  sha256(content: string): Sha256 {
    return identify(Buffer.from(content)).sha256;
  }

  later(seconds: number): Instant {
    this.clock.pass(seconds);
    return this.clock.now();
  }

  async close(): Promise<void> {
    await this.postgres.close();
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async append(id: string, expectedRevision: number, facts: readonly DomainEvent[]): Promise<void> {
    const attribution = { actor: 'token:spec', time: this.clock.now(), reason: 'spec' };
    await this.postgres.log.append({ subject: { kind: 'package', id }, expectedRevision, facts, attribution });
  }
}
