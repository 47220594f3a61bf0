/** The one payload type that cosign, sigstore-go and slsa-verifier take for in-toto statements. */
export const inTotoPayloadType = 'application/vnd.in-toto+json';
export const envelopeMediaType = 'application/vnd.in-toto.bundle';
export const bundleMediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The bytes a DSSE signature covers (DSSE v1.0, PAE): type and body, each after its length. */
export function preAuthEncoding(payloadType: string, body: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${body.byteLength} `), body]);
}

/** A payload with the one signature that bundles may have. */
export interface SignedPayload {
  readonly payload: Uint8Array;
  readonly payloadType: string;
  /** DER for ECDSA. */
  readonly signature: Uint8Array;
  readonly keyId: string;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function envelope({ payload, payloadType, signature, keyId }: SignedPayload): object {
  return { payload: base64(payload), payloadType, signatures: [{ sig: base64(signature), keyid: keyId }] };
}

/** The bare DSSE envelope as one line of JSON (`.intoto.jsonl`). */
export function writeEnvelope(signed: SignedPayload): Uint8Array {
  return Buffer.from(`${JSON.stringify(envelope(signed))}\n`);
}

/** A Sigstore bundle v0.3 signed with a bare key, and the RFC 3161 responses (DER) about its signature. */
export function writeBundle(signed: SignedPayload, timestamps: readonly Uint8Array[] = []): Uint8Array {
  return bundle({ publicKey: { hint: signed.keyId }, tlogEntries: [] }, signed, timestamps);
}

/**
 * An entry of a Rekor v2 log as bundles hold it (TransparencyLogEntry in sigstore_rekor.proto). Numbers of 64 bits are decimal text, bytes are base64; there
 * is neither a promise nor a time of integration in it.
 */
export interface LogEntry {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly kindVersion: { readonly kind: string; readonly version: string };
  readonly inclusionProof: {
    readonly logIndex: string;
    readonly rootHash: string;
    readonly treeSize: string;
    readonly hashes: readonly string[];
    readonly checkpoint: { readonly envelope: string };
  };
  readonly canonicalizedBody: string;
}

/** What gives the key of a signature to an identity. */
export interface Certification {
  /** DER of the leaf alone: whoever verifies has the authority in a trusted root. */
  readonly certificate: Uint8Array;
  /** Of the logs that the signature was entered into. */
  readonly logEntries: readonly LogEntry[];
}

/** A Sigstore bundle v0.3 signed with a certified key (keyless). Its signature names no key: the certificate holds it. */
export function writeCertifiedBundle(
  signed: Omit<SignedPayload, 'keyId'>,
  { certificate, logEntries }: Certification,
  timestamps: readonly Uint8Array[],
): Uint8Array {
  const material = { certificate: { rawBytes: base64(certificate) }, tlogEntries: logEntries };
  return bundle(material, { ...signed, keyId: '' }, timestamps);
}

function bundle(material: object, signed: SignedPayload, timestamps: readonly Uint8Array[]): Uint8Array {
  const rfc3161Timestamps = timestamps.map((response) => ({ signedTimestamp: base64(response) }));
  const stamped = timestamps.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps } };
  const document = { mediaType: bundleMediaType, verificationMaterial: { ...material, ...stamped }, dsseEnvelope: envelope(signed) };
  return Buffer.from(`${JSON.stringify(document)}\n`);
}
