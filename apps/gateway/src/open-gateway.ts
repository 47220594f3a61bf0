import {
  AbortUpload,
  AppendUpload,
  Authenticate,
  CommitFile,
  CompleteUpload,
  CreatePackage,
  GiveUpUpload,
  IssueToken,
  LiveWitnesses,
  OpenFile,
  OpenUpload,
  PutFile,
  ReadEvents,
  ReadPackage,
  ReadLogTree,
  RememberingLog,
  RequestFinalization,
  ServeLog,
  type Clock,
  type IdempotencyKeys,
  type StreamDigests,
  type Tokens,
  type UploadSessions,
} from '@muniment/application';
import { openArchive, systemIds, type Archive, type ArchiveConfig, type CollectionConfig } from '@muniment/assembly';
import { createStreamDigests } from '@muniment/examiner';
import { defaultInspectionLimits } from '@muniment/domain';
import type { ServiceHost } from '@muniment/platform';
import type { GatewayConfig } from './config.js';
import { openAttestations, type AttestationDesk } from './http/attestations/open-attestations.js';
import { openCollections, type CollectionDesk } from './http/collections/open-collections.js';
import { openRetention, type RetentionDesk } from './open-retention.js';

/** Every use case of the HTTP edge, ready to be called. */
export interface Gateway {
  readonly archive: Archive;
  readonly host: ServiceHost;
  readonly clock: Clock;
  readonly uploadExpirySeconds: number;
  readonly maxBytes: number;
  readonly authenticate: Authenticate;
  readonly issueToken: IssueToken;
  readonly tokens: Tokens;
  readonly idempotency: IdempotencyKeys;
  readonly uploads: UploadSessions;
  readonly createPackage: CreatePackage;
  readonly digests: StreamDigests;
  readonly putFile: PutFile;
  readonly openUpload: OpenUpload;
  readonly appendUpload: AppendUpload;
  readonly completeUpload: CompleteUpload;
  readonly abortUpload: AbortUpload;
  readonly requestFinalization: RequestFinalization;
  readonly readPackage: ReadPackage;
  readonly openFile: OpenFile;
  readonly readEvents: ReadEvents;
  readonly retention: RetentionDesk;
  readonly serveLog: ServeLog;
  readonly collections: CollectionDesk;
  readonly attestations: AttestationDesk;
  /** Whether public keys are shown to everybody. */
  readonly keysPublic: boolean;
}

export async function openGateway(config: ArchiveConfig & CollectionConfig & GatewayConfig, host: ServiceHost): Promise<Gateway> {
  const archive = await openArchive(config, host);
  const { postgres, store, clock, policy } = archive;
  const { states, views, uploads, tokens, idempotency } = postgres;
  const log = new RememberingLog(postgres.log);
  const { MUNIMENT_MAX_BODY_BYTES: maxBytes, MUNIMENT_UPLOAD_EXPIRY_SECONDS: expirySeconds } = config;
  const commitFile = new CommitFile(log, states, store, defaultInspectionLimits, clock, postgres.locks);
  const digests = host.closing.add('digests', createStreamDigests(), (opened) => opened.close());
  const witnesses = new LiveWitnesses();
  const readPackage = new ReadPackage(views, states);
  return {
    archive,
    host,
    clock,
    uploadExpirySeconds: expirySeconds,
    maxBytes,
    authenticate: new Authenticate(tokens, clock),
    issueToken: new IssueToken(tokens, clock),
    tokens,
    idempotency,
    uploads,
    createPackage: new CreatePackage(log, states, () => policy.classes, clock),
    digests,
    putFile: new PutFile(states, store, commitFile, systemIds, maxBytes, digests, log),
    openUpload: new OpenUpload(states, views, uploads, store, commitFile, { maxBytes, expirySeconds }, clock, postgres.locks),
    appendUpload: new AppendUpload(uploads, store, witnesses, clock, postgres.locks),
    completeUpload: new CompleteUpload(uploads, states, store, witnesses, commitFile, clock, postgres.locks),
    abortUpload: new AbortUpload(uploads, new GiveUpUpload(uploads, states, store, postgres.locks)),
    requestFinalization: new RequestFinalization(log, states, clock),
    readPackage,
    openFile: new OpenFile(readPackage, states, views, store),
    readEvents: new ReadEvents(log),
    retention: openRetention(archive, readPackage),
    serveLog: new ServeLog(new ReadLogTree(postgres.tree, postgres.signedCheckpoints), log, readPackage, config.MUNIMENT_LOG_PUBLIC),
    collections: openCollections(archive, config),
    attestations: await openAttestations(archive, readPackage, config),
    keysPublic: config.MUNIMENT_KEYS_PUBLIC,
  };
}
