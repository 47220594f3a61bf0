import type { Manifest } from '@muniment/domain';
import type { SignatureFile } from '../openpgp/check-signature.js';

/** A statement signed by the archive, once as a bundle and once as a bare envelope, perhaps in parts. */
export interface AttestationEvidence {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The same for all parts and forms of one statement, whoever signed them. */
  readonly group: string;
  /** The same for all parts and forms that were signed together: a statement may be signed again later, by another key. */
  readonly signing: string;
  /** RFC 3339, by whoever gave the evidence; null when they do not say. */
  readonly madeAt: string | null;
}

/** An event's canonical payload and the proof that it is in the log. */
export interface ProvenEvent {
  readonly payload: Uint8Array;
  readonly proof: string;
}

/** Everything there is to check about a package. Its manifest is believed by its digest already; nothing else is. */
export interface PackageEvidence {
  readonly packageId: string;
  readonly manifest: Manifest;
  /** `sha256:<hex>` of the canonical manifest. */
  readonly manifestDigest: string;
  readonly attestations: readonly AttestationEvidence[];
  /** Attestations by others, such as CI. */
  readonly relayed: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly signatures: readonly SignatureFile[];
  /** `.tlog-proof` of the finalized event; null when nothing is signed of the log. */
  readonly logProof: string | null;
  /** Events that say when attestations were signed. */
  readonly signings: readonly ProvenEvent[];
  /** What is believed about times that nothing proves. */
  readonly toldBy: string;
}
