import type {
  AttestationStanding,
  AttestationState,
  Blake3,
  Instant,
  KeyState,
  RelayedCheck,
  Sha256,
  StatementKind,
} from '@muniment/domain';

/** Bytes that prove something about a package, as readers see them. What a kind does not have is null. */
export interface EvidenceRecord {
  readonly name: string;
  readonly kind: 'attestation' | 'relayed' | 'signature';
  readonly mediaType: string;
  readonly sha256: Sha256;
  readonly blake3: Blake3;
  readonly size: number;
  readonly madeAt: Instant;
  readonly attestationId: string | null;
  readonly statement: StatementKind | null;
  readonly part: number | null;
  readonly parts: number | null;
  readonly predicateType: string | null;
  readonly aboutRevision: number | null;
  readonly keyId: string | null;
  readonly path: string | null;
  readonly fileSha256: Sha256 | null;
  /** Of a relayed attestation. */
  readonly subjects: readonly Sha256[] | null;
  readonly relayedCheck: RelayedCheck | null;
}

/** What is signed about packages, and what is owed. */
export interface Attestations {
  /** What decisions load: as of the returned revision, of one snapshot. */
  state(packageId: string): Promise<AttestationState | null>;
  /** What is signed by the archive and what it owes, both by event and statement: of one snapshot, together with what is known of the keys. */
  standing(packageId: string): Promise<AttestationStanding | null>;
  /** By name. */
  evidence(packageId: string): Promise<readonly EvidenceRecord[]>;
  one(packageId: string, name: string): Promise<EvidenceRecord | null>;
  /** For the whole archive: statements that are due, and those of them whose last attempt failed. */
  backlog(): Promise<{ readonly due: number; readonly failed: number }>;
}

/** Public halves of all keys there ever were. */
export interface SigningKeys {
  one(id: string): Promise<KeyState | null>;
  /** By purpose, newest announcement first. */
  list(): Promise<readonly KeyState[]>;
}
