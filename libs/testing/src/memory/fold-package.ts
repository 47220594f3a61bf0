import {
  evolveRetention,
  statementsDue,
  type AttestationEvent,
  type CollectionEvent,
  type DomainEvent,
  type FileIngested,
  type FileReceived,
  type FileState,
  type DueStatement,
  type EvidenceItem,
  type KeyEvent,
  type PackageState,
  type RetentionEvent,
  type RetentionState,
  type Told,
} from '@muniment/domain';

/** Everything the views know of one package, as a value: what a projection keeps in tables, kept here as a fold of the package's events. */
export interface FoldedPackage {
  readonly state: PackageState;
  readonly retention: RetentionState | null;
  /** By path. */
  readonly files: ReadonlyMap<string, FileState>;
  /** Statements the signer owes. */
  readonly due: readonly DueStatement[];
  /** Paths of files whose signature the signer owes once more. */
  readonly filesDue: ReadonlySet<string>;
  /** By name. */
  readonly evidence: ReadonlyMap<string, FoldedEvidence>;
}

export interface FoldedEvidence {
  readonly item: EvidenceItem;
  readonly event: Exclude<AttestationEvent, { type: 'v1.attestation.failed' | 'v1.attestation.requested' }>;
}

type PackageFact = Exclude<DomainEvent, CollectionEvent | KeyEvent>;

/**
 * The package after one more event. Pure, and the same semantics as the projection of the Postgres adapter, written a second time on purpose:
 * the contract suites compare the two. Throws for an event of a package that was never created.
 */
export function foldPackage(before: FoldedPackage | null, event: PackageFact, payloadDigest: string, told: Told): FoldedPackage {
  const after = before === null ? created(event) : changed(before, event, payloadDigest, told);
  return { ...after, state: { ...after.state, revision: (before?.state.revision ?? 0) + 1 } };
}

function created(event: PackageFact): FoldedPackage {
  if (event.type !== 'v1.package.created') throw new Error(`${event.type} before the package was created`);
  const state: PackageState = {
    description: event.payload,
    revision: 0,
    phase: 'created',
    finalizeRequested: false,
    finalizationDue: false,
    manifestDigest: null,
    wheelhouse: false,
    validation: null,
  };
  return { state, retention: null, files: new Map(), due: [], filesDue: new Set(), evidence: new Map() };
}

function changed(before: FoldedPackage, event: PackageFact, payloadDigest: string, told: Told): FoldedPackage {
  const withState = (change: Partial<PackageState>): FoldedPackage => ({ ...before, state: { ...before.state, ...change } });
  switch (event.type) {
    case 'v1.package.created':
      throw new Error(`package ${event.payload.package_id} was created twice`);
    case 'v1.file.received':
      return withFile(before, received(event.payload));
    case 'v1.file.ingested': {
      const wheelhouse = before.state.wheelhouse || event.payload.members?.some(({ wheel }) => wheel !== null) === true;
      return withFile(withState({ wheelhouse }), ingested(event.payload));
    }
    case 'v1.file.refused': {
      const { path, code, detail } = event.payload;
      const file = before.files.get(path);
      return file === undefined ? before : withFile(before, { ...file, phase: 'refused', stagingKey: null, refusal: { code, detail } });
    }
    case 'v1.package.finalize_requested':
      return withState({ finalizeRequested: true });
    case 'v1.package.finalization_due':
      return withState({ finalizationDue: true });
    case 'v1.package.finalized':
      return withDue(
        withState({ phase: 'finalized', manifestDigest: `sha256:${payloadDigest}` }),
        statementsDue('finalized', event.payload.package.version),
      );
    case 'v1.package.validated':
      return withDue(
        withState({ validation: { result: event.payload.result, at: event.payload.validated_at } }),
        statementsDue('validated', null),
      );
    case 'v1.storage.corruption_detected':
    case 'v1.storage.bytes_missing':
      return before;
    case 'v1.storage.location_deleted': {
      const file = before.files.get(event.payload.path);
      return file === undefined ? before : withFile(before, { ...file, phase: 'removed' });
    }
    case 'v1.attestation.signed':
    case 'v1.attestation.relayed':
    case 'v1.attestation.failed':
    case 'v1.attestation.requested':
    case 'v1.signature.made':
      return attested(before, event);
    default:
      return retained(before, event, told);
  }
}

function retained(before: FoldedPackage, event: RetentionEvent, told: Told): FoldedPackage {
  const after = { ...before, retention: evolveRetention(before.retention, event, told) };
  if (event.type !== 'v1.retention.collected') return after;
  const released = new Set(event.payload.released.map(({ path }) => path));
  const files = [...before.files].map(([path, file]): readonly [string, FileState] => [
    path,
    released.has(path) ? { ...file, phase: 'released', stagingKey: null } : file,
  ]);
  const filesDue = new Set([...before.filesDue].filter((path) => !released.has(path)));
  return { ...after, state: { ...before.state, phase: 'garbage_collected' }, files: new Map(files), filesDue };
}

function withDue(before: FoldedPackage, statements: ReturnType<typeof statementsDue>): FoldedPackage {
  const aboutRevision = before.state.revision + 1;
  return { ...before, due: [...before.due, ...statements.map((statement) => ({ statement, aboutRevision, failure: null }))] };
}

function attested(before: FoldedPackage, event: AttestationEvent): FoldedPackage {
  if (event.type === 'v1.attestation.failed') {
    const { statement, about_revision, code, failed_at } = event.payload;
    const due = before.due.map((owed) =>
      owed.statement === statement && owed.aboutRevision === about_revision ? { ...owed, failure: { code, at: failed_at } } : owed,
    );
    return { ...before, due };
  }
  if (event.type === 'v1.attestation.requested') {
    const { statements, paths } = event.payload;
    const again = statements.map(({ statement, about_revision }) => ({ statement, aboutRevision: about_revision, failure: null }));
    return { ...before, due: [...without(before.due, again), ...again], filesDue: new Set([...before.filesDue, ...paths]) };
  }
  const items = event.type === 'v1.signature.made' ? [event.payload.evidence] : event.payload.evidence;
  const evidence = new Map([...before.evidence, ...items.map((item) => [item.name, { item, event }] as const)]);
  if (event.type === 'v1.signature.made') {
    const filesDue = new Set(before.filesDue);
    filesDue.delete(event.payload.path);
    return { ...before, evidence, filesDue };
  }
  if (event.type !== 'v1.attestation.signed') return { ...before, evidence };
  const { statement, about_revision } = event.payload;
  return { ...before, evidence, due: without(before.due, [{ statement, aboutRevision: about_revision }]) };
}

function without(
  due: readonly DueStatement[],
  gone: readonly Pick<DueStatement, 'statement' | 'aboutRevision'>[],
): readonly DueStatement[] {
  return due.filter((owed) => !gone.some((one) => one.statement === owed.statement && one.aboutRevision === owed.aboutRevision));
}

function withFile(before: FoldedPackage, file: FileState): FoldedPackage {
  return { ...before, files: new Map(before.files).set(file.path, file) };
}

const unexamined = {
  format: 'opaque',
  memberCount: 0,
  members: null,
  wheel: null,
  refusal: null,
  backend: null,
  verifiedAt: null,
} as const;

function received(file: FileReceived['payload']): FileState {
  return {
    ...unexamined,
    fileId: file.file_id,
    path: file.path,
    phase: 'received',
    size: file.size,
    sha256: file.sha256,
    blake3: file.blake3,
    mediaType: file.media_type,
    stagingKey: file.staging_key,
    origin: 'upload',
    declares: file.declares,
  };
}

function ingested(file: FileIngested['payload']): FileState {
  return {
    fileId: file.file_id,
    path: file.path,
    phase: 'ingested',
    size: file.size,
    sha256: file.sha256,
    blake3: file.blake3,
    mediaType: file.media_type,
    stagingKey: null,
    origin: file.origin,
    declares: file.declares,
    format: file.format,
    memberCount: file.member_count,
    members: file.members,
    wheel: file.wheel,
    refusal: null,
    backend: file.backend,
    verifiedAt: file.verified_at,
  };
}
