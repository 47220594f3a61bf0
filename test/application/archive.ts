import { Readable } from 'node:stream';
import {
  AttestPackage,
  CommitFile,
  CreatePackage,
  CurateSets,
  DeriveDueWork,
  FinalizePackage,
  GiveUpUpload,
  LiveWitnesses,
  inlineDigests,
  PutFile,
  Relay,
  RememberingLog,
  RequestFinalization,
  VerifyFile,
  type AttestPorts,
  type BlobPromoter,
  type BlobReader,
  type EventLog,
  type Examiner,
  type Keyring,
  type StagingArea,
  type StoreProbe,
} from '@muniment/application';
import {
  defaultCuratedKeep,
  defaultInspectionLimits,
  defaultRetentionClasses,
  type Examination,
  type Principal,
  type Sha256,
} from '@muniment/domain';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor, identify } from '@muniment/formats';
import { MemoryStore } from '@muniment/object-store';
import { describedPackage, MemoryWorld } from '@muniment/testing';
import { examineInMemory } from './examine-in-memory.js';
import { TestKeyring } from './test-keyring.js';

export const writer: Principal = {
  tokenId: 'writer',
  name: 'acme-ci',
  verbs: ['write', 'read'],
  repositories: ['acme/*'],
  expiresAt: null,
  revokedAt: null,
};

type VerifiableStore = BlobReader & StagingArea & BlobPromoter & StoreProbe;

/** Bounds of uploads in these specs, in bytes. */
export const maxBytes = 100_000;

export interface Put {
  readonly path?: string;
  readonly content?: string | Buffer;
  readonly declaredSize?: number | null;
  readonly declaredSha256?: Sha256 | null;
  readonly caller?: Principal;
}

/**
 * A whole archive in one process's memory: the real use cases and the real memory store over in-memory ports. Specs may put something between
 * a use case and its log or store (`log`, `store`), as a dying process or a failing network would.
 */
export class TestArchive {
  readonly world = new MemoryWorld();
  readonly store: MemoryStore;
  /** Tests that change what it can do give none. */
  readonly keyring: TestKeyring;
  readonly signers: Keyring;

  /** `smallBytes`: up to which size files are staged together; by default none are. */
  constructor(keyring: Keyring = new TestKeyring(), { smallBytes }: { readonly smallBytes?: number } = {}) {
    this.store = new MemoryStore({ now: () => Date.parse(this.world.clock.now()), ...(smallBytes === undefined ? {} : { smallBytes }) });
    this.signers = keyring;
    this.keyring = keyring instanceof TestKeyring ? keyring : new TestKeyring();
  }

  readonly witnesses = new LiveWitnesses();
  /** What the examiner finds instead of the truth, until it is null again. */
  finding: ((truth: Examination) => Examination) | null = null;

  readonly examiner: Examiner = {
    examine: async (bytes, plan, name, limits) => {
      const truth = await examineInMemory(bytes, plan, name, limits);
      return this.finding?.(truth) ?? truth;
    },
    close: () => Promise.resolve(),
  };

  /** Through which its gateway appends; everybody else does so beside it. */
  readonly gatewayLog = new RememberingLog(this.world.log);

  commitFile(log: EventLog = this.gatewayLog): CommitFile {
    return new CommitFile(log, this.world.states, this.store, defaultInspectionLimits, this.world.clock, this.world.locks);
  }

  giveUp(): GiveUpUpload {
    const { uploads, states, locks } = this.world;
    return new GiveUpUpload(uploads, states, this.store, locks);
  }

  async open(repository = 'acme/widgets', retentionClass = 'raw-evidence', version: string | null = null): Promise<string> {
    const { states, clock, ids } = this.world;
    const packageId = ids.next();
    const { package_id, ...description } = describedPackage(packageId, { repository, version });
    const create = new CreatePackage(this.gatewayLog, states, () => defaultRetentionClasses, clock);
    return create.execute({ caller: writer, packageId: package_id, command: { description, retentionClass }, traceparent: null });
  }

  put(packageId: string, { path, content, declaredSize, declaredSha256, caller }: Put = {}) {
    const { states, ids } = this.world;
    const put = new PutFile(states, this.store, this.commitFile(), ids, maxBytes, inlineDigests, this.gatewayLog);
    return put.execute({
      caller: caller ?? writer,
      packageId,
      path: path ?? 'report.json',
      mediaType: null,
      declaredSize: declaredSize ?? null,
      declaredSha256: declaredSha256 ?? null,
      body: Readable.from([Buffer.from(content ?? '{"ok":true}')]),
      traceparent: null,
    });
  }

  verifyFile(change: { readonly log?: EventLog; readonly store?: VerifiableStore; readonly probe?: StoreProbe } = {}): VerifyFile {
    const { log, states, locks, clock } = this.world;
    const store = change.store ?? this.store;
    return new VerifyFile(change.log ?? log, states, store, change.probe ?? store, this.examiner, locks, defaultInspectionLimits, clock);
  }

  requestFinalization(packageId: string, caller: Principal = writer): Promise<void> {
    const { log, states, clock } = this.world;
    return new RequestFinalization(log, states, clock).execute({ caller, packageId, traceparent: null });
  }

  finalizePackage(log: EventLog = this.world.log): FinalizePackage {
    const { states, views, locks, ids, clock } = this.world;
    return new FinalizePackage(log, states, views, this.store, locks, ids, clock);
  }

  attest(change: Partial<AttestPorts> = {}): AttestPackage {
    const { log, states, attestations, locks, ids, clock } = this.world;
    const ports = { log, states, attestations, store: this.store, locks, keyring: this.signers, timestamps: null, ids, clock, ...change };
    return new AttestPackage(ports, { id: 'https://archive.example.org', version: '0.1.0', logOrigin: 'archive.example.org/log' });
  }

  derive(): DeriveDueWork {
    return new DeriveDueWork(this.world.due, this.world.queue);
  }

  relay(): Relay {
    const { checkpoints, queue, clock } = this.world;
    return new Relay(checkpoints, queue, this.derive(), clock);
  }

  /** Sequences, relays and runs jobs until nothing is left to do. */
  async settle(): Promise<void> {
    const { log, queue } = this.world;
    for (;;) {
      await log.pass();
      await this.relay().pass();
      const jobs = queue.take();
      if (jobs.length === 0) return;
      for (const { job, payload } of jobs) await this.run(job.name, payload as { package_id: string; file_id: string });
    }
  }

  private async run(name: string, { package_id: packageId, file_id: fileId }: { package_id: string; file_id: string }): Promise<void> {
    if (name === 'verify-file') await this.verifyFile().execute({ packageId, fileId, traceparent: null, lastTry: false });
    else if (name === 'finalize-package') await this.finalizePackage().execute(packageId, null);
    else if (name === 'curate-package') {
      const { log, states, curatedSets, clock } = this.world;
      const attribution = { actor: 'service:retention', time: clock.now() };
      await new CurateSets(log, states, curatedSets, defaultCuratedKeep).execute({ ofPackage: packageId, attribution });
    } else if (name === 'attest-package' || name === 'attest-validation') await this.attest().execute(packageId, null);
    else throw new Error(`no handler for ${name}`);
  }

  /** The id of the file at a path. */
  async fileId(packageId: string, path = 'report.json'): Promise<string> {
    const id = (await this.world.states.fileAt(packageId, path))?.file?.fileId;
    if (id === undefined) throw new Error(`no file at ${path}`);
    return id;
  }

  /** Every fact of a package, in order. */
  async facts(packageId: string) {
    await this.world.log.pass();
    const events = await this.world.log.read({ after: 0n, limit: 10_000, subjectId: packageId });
    return events.map((event) => {
      const fact = parseEvent(event.type, decodeCbor(event.payload));
      if (!fact) throw new Error(`unknown event ${event.type}`);
      return fact;
    });
  }

  async factTypes(packageId: string): Promise<readonly string[]> {
    return (await this.facts(packageId)).map((fact) => fact.type).slice(2);
  }

  /** Staging keys that exist, oldest first. */
  staged(): Promise<readonly string[]> {
    return listOf(this.store.listStaged(new Date('2999-01-01T00:00:00Z')));
  }

  /** Blobs that exist. */
  async blobs(): Promise<readonly Sha256[]> {
    return (await listOf(this.store.listBlobs(new Date('2999-01-01T00:00:00Z')))).map(({ sha256 }) => sha256);
  }
}

/** Digests and size of some text. */
export function identityOf(content: string | Buffer) {
  return identify(Buffer.from(content));
}

async function listOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
