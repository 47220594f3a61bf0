import type { PostgresConfig } from './config.js';
import { PostgresCollections } from './collection/postgres-collections.js';
import { PostgresReferencedContents } from './collection/postgres-referenced-contents.js';
import { PostgresStorageLedger } from './collection/postgres-storage-ledger.js';
import { Database } from './database.js';
import { LogSignals } from './event-log/log-signals.js';
import { PostgresCheckpoints } from './event-log/postgres-checkpoints.js';
import { PostgresEventLog } from './event-log/postgres-event-log.js';
import { PostgresSequencer } from './event-log/postgres-sequencer.js';
import { PostgresLogTree } from './log-tree/postgres-log-tree.js';
import { PostgresSignedCheckpoints } from './log-tree/postgres-signed-checkpoints.js';
import { PostgresIdempotencyKeys } from './operational/postgres-idempotency-keys.js';
import { PostgresLocks } from './operational/postgres-locks.js';
import { PostgresRetentionClasses } from './operational/postgres-retention-classes.js';
import { PostgresStoreRecords } from './operational/postgres-store-records.js';
import { PostgresTokens } from './operational/postgres-tokens.js';
import { PostgresUploadSessions } from './operational/postgres-upload-sessions.js';
import { PostgresCuratedSets } from './retention/postgres-curated-sets.js';
import { PostgresRetentionSweeps } from './retention/postgres-retention-sweeps.js';
import { PostgresWideLog } from './retention/postgres-wide-log.js';
import { PostgresAttestations } from './views/postgres-attestations.js';
import { PostgresSigningKeys } from './views/postgres-signing-keys.js';
import { PostgresStorageFaults } from './views/postgres-storage-faults.js';
import { PostgresDueWork } from './views/postgres-due-work.js';
import { PostgresPackageStates } from './views/postgres-package-states.js';
import { PostgresPackageViews } from './views/postgres-package-views.js';

/** Everything of the application's ports that lives in Postgres, over one pool. */
export class Postgres {
  readonly database: Database;
  private readonly signals: LogSignals;
  readonly log: PostgresEventLog;
  readonly sequencer: PostgresSequencer;
  readonly checkpoints: PostgresCheckpoints;
  readonly tree: PostgresLogTree;
  readonly signedCheckpoints: PostgresSignedCheckpoints;
  readonly states: PostgresPackageStates;
  readonly views: PostgresPackageViews;
  readonly due: PostgresDueWork;
  readonly wideLog: PostgresWideLog;
  readonly sweeps: PostgresRetentionSweeps;
  readonly curatedSets: PostgresCuratedSets;
  readonly collections: PostgresCollections;
  readonly ledger: PostgresStorageLedger;
  readonly referencedContents: PostgresReferencedContents;
  readonly uploads: PostgresUploadSessions;
  readonly tokens: PostgresTokens;
  readonly idempotency: PostgresIdempotencyKeys;
  readonly locks: PostgresLocks;
  readonly attestations: PostgresAttestations;
  readonly signingKeys: PostgresSigningKeys;
  readonly retentionClasses: PostgresRetentionClasses;
  readonly storageFaults: PostgresStorageFaults;
  readonly storeRecords: PostgresStoreRecords;

  constructor(config: PostgresConfig) {
    this.database = new Database(config);
    this.signals = new LogSignals(config.MUNIMENT_DATABASE_URL);
    this.log = new PostgresEventLog(this.database, this.signals);
    this.sequencer = new PostgresSequencer(this.database, this.signals);
    this.checkpoints = new PostgresCheckpoints(this.database);
    this.tree = new PostgresLogTree(this.database);
    this.signedCheckpoints = new PostgresSignedCheckpoints(this.database);
    this.states = new PostgresPackageStates(this.database);
    this.views = new PostgresPackageViews(this.database);
    this.due = new PostgresDueWork(this.database);
    this.wideLog = new PostgresWideLog(this.database, this.signals);
    this.sweeps = new PostgresRetentionSweeps(this.database, this.signals);
    this.curatedSets = new PostgresCuratedSets(this.database);
    this.collections = new PostgresCollections(this.database);
    this.ledger = new PostgresStorageLedger(this.database);
    this.referencedContents = new PostgresReferencedContents(this.database);
    this.uploads = new PostgresUploadSessions(this.database);
    this.tokens = new PostgresTokens(this.database);
    this.locks = new PostgresLocks(this.database);
    this.attestations = new PostgresAttestations(this.database);
    this.signingKeys = new PostgresSigningKeys(this.database);
    this.retentionClasses = new PostgresRetentionClasses(this.database);
    this.storageFaults = new PostgresStorageFaults(this.database);
    this.storeRecords = new PostgresStoreRecords(this.database);
    this.idempotency = new PostgresIdempotencyKeys(this.database);
  }

  /** Starts listening for events that other processes sequenced. */
  listen(): Promise<void> {
    return this.signals.listen();
  }

  /** Rejects when the database is away or was never migrated. */
  async check(): Promise<void> {
    await this.database.pool.query('select sequence from log_head');
  }

  async close(): Promise<void> {
    await this.signals.close();
    await this.database.close();
  }
}
