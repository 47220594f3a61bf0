import {
  AbortUpload,
  AppendUpload,
  Authenticate,
  CommitFile,
  CompleteUpload,
  CreatePackage,
  IssueToken,
  LiveWitnesses,
  OpenFile,
  OpenUpload,
  PutFile,
  ReadEvents,
  ReadPackage,
  RequestFinalization,
  type IdempotencyKeys,
  type StreamDigests,
  type Tokens,
  type UploadSessions,
} from '@muniment/application';
import { openArchive, systemClock, systemIds, type Archive, type ArchiveConfig } from '@muniment/assembly';
import { createStreamDigests } from '@muniment/examiner';
import { defaultInspectionLimits, defaultRetentionClasses } from '@muniment/domain';
import type { ServiceHost } from '@muniment/platform';
import type { GatewayConfig } from './config.js';

/** Every use case of the HTTP edge, ready to be called. */
export interface Gateway {
  readonly archive: Archive;
  readonly host: ServiceHost;
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
}

export async function openGateway(config: ArchiveConfig & GatewayConfig, host: ServiceHost): Promise<Gateway> {
  const archive = await openArchive(config, host);
  const { postgres, store } = archive;
  const { log, states, views, uploads, tokens, idempotency } = postgres;
  const { MUNIMENT_MAX_BODY_BYTES: maxBytes, MUNIMENT_UPLOAD_EXPIRY_SECONDS: expirySeconds } = config;
  const commitFile = new CommitFile(log, states, store, defaultInspectionLimits, systemClock);
  const digests = host.closing.add('digests', createStreamDigests(), (opened) => opened.close());
  const witnesses = new LiveWitnesses();
  const readPackage = new ReadPackage(views, states);
  return {
    archive,
    host,
    uploadExpirySeconds: expirySeconds,
    maxBytes,
    authenticate: new Authenticate(tokens, systemClock),
    issueToken: new IssueToken(tokens, systemClock),
    tokens,
    idempotency,
    uploads,
    createPackage: new CreatePackage(log, states, () => defaultRetentionClasses, systemClock),
    digests,
    putFile: new PutFile(states, store, commitFile, systemIds, maxBytes, digests),
    openUpload: new OpenUpload(states, views, uploads, store, commitFile, { maxBytes, expirySeconds }, systemClock),
    appendUpload: new AppendUpload(uploads, store, witnesses, systemClock),
    completeUpload: new CompleteUpload(uploads, states, store, witnesses, commitFile, systemClock),
    abortUpload: new AbortUpload(uploads, store),
    requestFinalization: new RequestFinalization(log, states, systemClock),
    readPackage,
    openFile: new OpenFile(readPackage, states, views, store),
    readEvents: new ReadEvents(log),
  };
}
