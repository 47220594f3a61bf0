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
  const rfc3161Timestamps = timestamps.map((response) => ({ signedTimestamp: base64(response) }));
  const verificationMaterial = {
    publicKey: { hint: signed.keyId },
    tlogEntries: [],
    ...(timestamps.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps } }),
  };
  return Buffer.from(`${JSON.stringify({ mediaType: bundleMediaType, verificationMaterial, dsseEnvelope: envelope(signed) })}\n`);
}
