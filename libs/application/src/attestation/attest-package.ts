import {
  recordAttestations,
  recordFailure,
  recordSignatures,
  signatureKey,
  signedKey,
  timesSigned,
  type AttestationEvent,
  type AttestationFailureCode,
  type AttestationSigned,
  type AttestationState,
  type Attribution,
  type Instant,
} from '@muniment/domain';
import { blobLock } from '../hashing/blob-lock.js';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import type { Attestations } from '../ports/attestation.js';
import type { BlobPromoter, BlobReader } from '../ports/blob-store.js';
import type { Clock, Ids } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { Locks } from '../ports/locks.js';
import { NoSigner, type DetachedSigner, type Keyring } from '../ports/signing.js';
import { TimestampFailed, type Timestamps } from '../ports/timestamps.js';
import type { PackageStates } from '../ports/views.js';
import { packageStory } from './package-story.js';
import { signFiles, type SignedFile } from './sign-files.js';
import { SigningFailed, signStatement, type NewEvidence, type SignedStatement } from './sign-statement.js';
import { writeStatement, type ArchiveIdentity } from './write-statements.js';

export interface AttestPorts {
  readonly log: EventLog;
  readonly states: PackageStates;
  readonly attestations: Attestations;
  readonly store: BlobReader & BlobPromoter;
  readonly locks: Locks;
  readonly keyring: Keyring;
  /** Null when no authority is configured. */
  readonly timestamps: Timestamps | null;
  readonly ids: Ids;
  readonly clock: Clock;
}

export interface Attested {
  readonly statements: readonly AttestationSigned[];
  readonly signatures: number;
}

/** A package, and its state where that is known: what is appended expects its revision. */
interface About {
  readonly packageId: string;
  readonly known: AttestationState | null;
}

/** Signatures that one append records. */
const chunk = 100;
const nobody: Attested = { statements: [], signatures: 0 };

/**
 * Signs the files of a package and every statement that is due about it. May be killed and repeated at any point: what counts is what an append accepted,
 * and that accepts each statement once. Signed bytes that lost, or that no event came to refer to, are the reaper's.
 */
export class AttestPackage {
  constructor(
    private readonly ports: AttestPorts,
    private readonly archive: ArchiveIdentity,
  ) {}

  /** What this call had recorded. Records a failure to sign, then throws it: the job comes again. */
  async execute(packageId: string, traceparent: string | null): Promise<Attested> {
    const { attestations, clock } = this.ports;
    const state = await attestations.state(packageId);
    if (state === null) throw new Error(`package ${packageId} is to be attested but does not exist`);
    if (state.due.length === 0 && state.filesDue.size === 0) return nobody;
    const attribution: Attribution = { actor: 'service:signer', time: clock.now(), ...(traceparent === null ? {} : { traceparent }) };
    try {
      const signatures = await this.signFiles(state, attribution);
      // Signatures moved the revision.
      const known = signatures === 0 ? state : null;
      return { statements: await this.signStatements(state, known, attribution), signatures };
    } catch (error) {
      const code = failureCode(error);
      if (code !== null) await this.recordFailure(state, code, attribution);
      throw error;
    }
  }

  private async signFiles(state: AttestationState, attribution: Attribution): Promise<number> {
    const { keyring, states, store } = this.ports;
    const paths = filesToSign(state);
    if (paths !== 'all' && paths.size === 0) return 0;
    const signer = keyring.release(attribution.time);
    if (signer === null && state.filesDue.size > 0) throw new NoSigner('there is no release key, and files are to be signed again');
    if (signer === null) return 0;
    assertReplaces(state, signer);
    let made = 0;
    let waiting: SignedFile[] = [];
    for await (const signed of signFiles(state, paths, { states, store, signer }, attribution.time)) {
      waiting.push(signed);
      if (waiting.length < chunk) continue;
      made += await this.recordFiles(state.packageId, waiting, attribution);
      waiting = [];
    }
    return made + (await this.recordFiles(state.packageId, waiting, attribution));
  }

  private async recordFiles(packageId: string, signed: readonly SignedFile[], attribution: Attribution): Promise<number> {
    const evidence = signed.map((one) => one.evidence);
    const facts = await this.record({ packageId, known: null }, evidence, attribution, (state) =>
      recordSignatures(
        state,
        signed.map(({ fact }) => fact),
      ),
    );
    return facts.length;
  }

  private async signStatements(
    state: AttestationState,
    known: AttestationState | null,
    attribution: Attribution,
  ): Promise<readonly AttestationSigned[]> {
    if (state.due.length === 0) return [];
    const { log, store, keyring, timestamps } = this.ports;
    const signer = keyring.attestation(attribution.time);
    const story = await packageStory(log, state.packageId);
    const signed: { readonly fact: AttestationSigned; readonly evidence: readonly NewEvidence[] }[] = [];
    for (const due of state.due) {
      const id = this.ports.ids.next();
      for (const written of await writeStatement(due, state.packageId, story, this.archive, store)) {
        const one = await signStatement(written, timesSigned(state, due), signer, timestamps);
        if (state.signed.has(signedKey(due.statement, due.aboutRevision, one.keyId)))
          throw new NoSigner(`${signer.name} is the key whose signature is to be replaced: this signer has not been restarted since`);
        signed.push({ fact: factOf(one, id, attribution.time), evidence: one.evidence });
      }
    }
    const evidence = signed.flatMap((one) => one.evidence);
    return this.record({ packageId: state.packageId, known }, evidence, attribution, (now) =>
      recordAttestations(
        now,
        signed.map(({ fact }) => fact),
      ),
    );
  }

  /** From the bytes to the event that refers to them under the locks of the blobs: whoever removes unreferenced bytes waits, or is waited for. */
  private record<Fact extends AttestationEvent>(
    about: About,
    evidence: readonly NewEvidence[],
    attribution: Attribution,
    decide: (state: AttestationState) => readonly Fact[],
  ): Promise<readonly Fact[]> {
    if (evidence.length === 0) return Promise.resolve([]);
    const { locks, store } = this.ports;
    return locks.holdAll(
      evidence.map(({ item }) => blobLock(item.sha256)),
      async () => {
        await Promise.all(evidence.map(({ item, bytes }) => store.putBlob(item.sha256, bytes)));
        return this.append(about, attribution, decide);
      },
    );
  }

  private async append<Fact extends AttestationEvent>(
    { packageId, known }: About,
    attribution: Attribution,
    decide: (state: AttestationState) => readonly Fact[],
  ): Promise<readonly Fact[]> {
    const { log, attestations } = this.ports;
    let first = known;
    const { facts } = await decideAndAppend<AttestationState, Fact>(log, {
      packageId,
      attribution,
      load: async () => {
        const loaded = first ?? (await attestations.state(packageId));
        first = null;
        if (loaded === null) throw new Error(`package ${packageId} is gone`);
        return loaded;
      },
      revisionOf: ({ revision }) => revision,
      decide,
    });
    return facts;
  }

  private async recordFailure(state: AttestationState, code: AttestationFailureCode, attribution: Attribution): Promise<void> {
    await this.append({ packageId: state.packageId, known: null }, attribution, (now) =>
      now.due.flatMap((due) => recordFailure(now, due, code, attribution.time)),
    );
  }
}

/** Of a package that has no receipt yet, all; later those that were asked for again. */
function filesToSign(state: AttestationState): ReadonlySet<string> | 'all' {
  return state.due.some((one) => one.statement === 'archive-receipt' && timesSigned(state, one) === 0) ? 'all' : state.filesDue;
}

/** Throws {@link NoSigner} in a signer that has not learned of the new key. */
function assertReplaces({ filesDue, signatures }: AttestationState, { key }: DetachedSigner): void {
  if ([...filesDue].some((path) => signatures.has(signatureKey(path, key.keyId))))
    throw new NoSigner(`${key.name} is the key whose signatures are to be replaced: this signer has not been restarted since`);
}

function factOf({ written, keyId, evidence }: SignedStatement, attestationId: string, now: Instant): AttestationSigned {
  return {
    type: 'v1.attestation.signed',
    payload: {
      attestation_id: attestationId,
      statement: written.due.statement,
      part: written.part,
      parts: written.parts,
      predicate_type: written.predicateType,
      about_revision: written.due.aboutRevision,
      key_id: keyId,
      signed_at: now,
      evidence: evidence.map(({ item }) => item),
    },
  };
}

/** Null for what has nothing to do with keys: a database or store that is away says so elsewhere. */
function failureCode(error: unknown): AttestationFailureCode | null {
  if (error instanceof NoSigner) return 'no_signer';
  if (error instanceof TimestampFailed) return 'timestamp_failed';
  return error instanceof SigningFailed ? 'signing_failed' : null;
}
