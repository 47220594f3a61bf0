import {
  actorOf,
  assertMay,
  assertSignerAccepted,
  recordRelayed,
  Refusal,
  type AttestationRelayed,
  type AttestationState,
  type Attribution,
  type FileState,
  type Principal,
  type Sha256,
} from '@muniment/domain';
import { nameRemark, readAttestation, type AttestationPolicy, type ReadAttestation } from '@muniment/formats';
import { blobLock } from '../hashing/blob-lock.js';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import type { AttestationTrust } from '../ports/attestation-trust.js';
import type { Attestations } from '../ports/attestation.js';
import type { BlobPromoter } from '../ports/blob-store.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { Locks } from '../ports/locks.js';
import type { PackageStates } from '../ports/views.js';
import { newEvidence } from './sign-statement.js';

export interface RelayCommand {
  readonly caller: Principal;
  readonly packageId: string;
  /** Fixed by the caller's Idempotency-Key where there is one. */
  readonly attestationId: string;
  readonly bytes: Uint8Array;
  readonly traceparent: string | null;
}

export interface Relayed {
  /** False when the same bytes were relayed before. */
  readonly created: boolean;
  readonly payload: AttestationRelayed['payload'];
}

export interface RelayPorts {
  readonly log: EventLog;
  readonly states: PackageStates;
  readonly attestations: Attestations;
  readonly store: BlobPromoter;
  readonly locks: Locks;
  /** Null: no root is configured, and nobody checks signatures here. */
  readonly trust: AttestationTrust | null;
  /** Whose attestations which repository takes. */
  readonly policy: Pick<AttestationPolicy, 'signers'>;
  readonly clock: Clock;
}

const maxRemarks = 100;

/** Takes in what somebody else signed about the package, such as CI's own provenance: checked against its files, kept byte for byte. */
export class RelayAttestation {
  constructor(private readonly ports: RelayPorts) {}

  async execute({ caller, packageId, attestationId, bytes, traceparent }: RelayCommand): Promise<Relayed> {
    const { states, trust, policy, clock } = this.ports;
    const found = await states.package(packageId);
    if (found === null) throw new Refusal('package_not_found', `There is no package ${packageId}.`);
    const { repository } = found.package.description;
    assertMay(caller, 'write', repository);
    const attestation = readAttestation(bytes);
    const { subjects, remarks } = matched(attestation, await states.files(packageId));
    const checked = trust === null ? null : trust.verify(bytes);
    assertSignerAccepted(repository, checked, policy.signers(repository));
    const now = clock.now();
    const evidence = newEvidence('', attestation.mediaType, bytes);
    const name = `relayed.${evidence.item.sha256.slice(0, 16)}.${attestation.format === 'bundle' ? 'sigstore.json' : 'intoto.jsonl'}`;
    const fact: AttestationRelayed = {
      type: 'v1.attestation.relayed',
      payload: {
        attestation_id: attestationId,
        predicate_type: attestation.predicateType,
        subjects,
        remarks,
        check: { signature_verified: checked !== null, identity: checked?.identity ?? null, issuer: checked?.issuer ?? null },
        relayed_at: now,
        evidence: [{ ...evidence.item, name }],
      },
    };
    const attribution = { actor: actorOf(caller), time: now, ...(traceparent === null ? {} : { traceparent }) };
    return { created: await this.record(packageId, fact, bytes, attribution), payload: fact.payload };
  }

  /** Under the lock of the blob: the same bytes may be known already, and about to be removed. */
  private record(packageId: string, fact: AttestationRelayed, bytes: Uint8Array, attribution: Attribution): Promise<boolean> {
    const { log, attestations, store, locks } = this.ports;
    const [item] = fact.payload.evidence;
    if (item === undefined) throw new Error('an attestation without bytes');
    return locks.hold(blobLock(item.sha256), async (under) => {
      const { facts } = await decideAndAppend<AttestationState, AttestationRelayed>(log, {
        packageId,
        attribution,
        under,
        load: async () => {
          const state = await attestations.state(packageId);
          if (state === null) throw new Error(`package ${packageId} is gone`);
          return state;
        },
        revisionOf: ({ revision }) => revision,
        decide: (state) => recordRelayed(state, fact),
        prepare: () => store.putBlob(item.sha256, bytes),
      });
      return facts.length > 0;
    });
  }
}

/** Every subject must be a file of the package, or a member of one, by its SHA-256. */
function matched(
  { subjects }: ReadAttestation,
  files: readonly FileState[],
): { readonly subjects: readonly Sha256[]; readonly remarks: readonly string[] } {
  const known = new Map<string, string>();
  for (const { phase, sha256, path, members } of files) {
    if (phase === 'received' || phase === 'refused') continue;
    for (const member of members ?? []) known.set(member.sha256, member.path);
    known.set(sha256, path);
  }
  const unknown = subjects.filter(({ sha256 }) => sha256 === null || !known.has(sha256));
  if (unknown.length > 0 && files.some(({ phase }) => phase === 'received'))
    throw new Refusal('file_not_ready', 'Files of the package are still being verified. Ask again in a moment.');
  if (unknown.length > 0) {
    const named = unknown
      .slice(0, 5)
      .map(({ name, sha256 }) => `${(name ?? 'a subject without a name').slice(0, 200)} (${sha256 ?? 'no sha256'})`);
    throw new Refusal(
      'attestation_subject_unknown',
      `The attestation is about what this package does not hold: ${named.join(', ')}. Every subject must be one of its verified files, or a member of one, by SHA-256.`,
    );
  }
  const remarks = subjects.flatMap(({ name, sha256 }) => nameRemark(name, known.get(sha256 ?? '') ?? '') ?? []);
  return { subjects: [...new Set(subjects.map(({ sha256 }) => sha256 as Sha256))], remarks: remarks.slice(0, maxRemarks) };
}
