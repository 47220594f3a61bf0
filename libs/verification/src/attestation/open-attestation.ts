import { Refusal, type PlainValue } from '@muniment/domain';
import { parseStrictJson } from '@muniment/formats';

/** A Sigstore bundle or DSSE envelope taken apart; nothing of it is believed. */
export interface OpenedAttestation {
  readonly form: 'bundle' | 'envelope';
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** Empty where the envelope names none. */
  readonly keyId: string;
  /** Signed with a certificate (keyless) rather than a bare key. */
  readonly certificate: boolean;
  /** RFC 3161 responses beside the signature, unjudged. */
  readonly timestamps: readonly Uint8Array[];
}

export class AttestationError extends Error {
  override readonly name = 'AttestationError';
}

type Fields = Readonly<Record<string, PlainValue>>;
const bundleTypes = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3\+json|\+json;version=0\.[123])$/;
const longest = 16 * 1024 * 1024;
const mostTimestamps = 8;

/**
 * Reads one bundle or one envelope. Throws {@link AttestationError} for anything that strict readers (protojson) would refuse: unknown fields, several
 * signatures, a hint that is not the key id.
 */
export function openAttestation(bytes: Uint8Array): OpenedAttestation {
  if (bytes.length > longest) throw new AttestationError(`it is longer than ${longest} bytes`);
  const outer = jsonFields(bytes, 'it');
  return 'mediaType' in outer ? openBundle(outer) : { ...openEnvelope(outer), form: 'envelope', certificate: false, timestamps: [] };
}

function openBundle(outer: Fields): OpenedAttestation {
  only(outer, ['mediaType', 'verificationMaterial', 'dsseEnvelope'], 'the bundle');
  if (typeof outer['mediaType'] !== 'string' || !bundleTypes.test(outer['mediaType']))
    throw new AttestationError('no bundle of version 0.1 to 0.3');
  const material = fields(outer['verificationMaterial'], 'verificationMaterial');
  const kinds = ['publicKey', 'certificate', 'x509CertificateChain'];
  only(material, [...kinds, 'tlogEntries', 'timestampVerificationData'], 'verificationMaterial');
  if (kinds.filter((kind) => kind in material).length !== 1) throw new AttestationError('it must name exactly one key or certificate');
  const envelope = openEnvelope(fields(outer['dsseEnvelope'], 'dsseEnvelope'));
  const certificate = !('publicKey' in material);
  if (!certificate && fields(material['publicKey'], 'publicKey')['hint'] !== envelope.keyId)
    throw new AttestationError('the hint of the bundle is not the key id of the signature');
  return { ...envelope, form: 'bundle', certificate, timestamps: timestampsIn(material['timestampVerificationData']) };
}

function timestampsIn(data: PlainValue | undefined): readonly Uint8Array[] {
  if (data === undefined) return [];
  const list = fields(data, 'timestampVerificationData')['rfc3161Timestamps'] ?? [];
  if (!Array.isArray(list) || list.length > mostTimestamps)
    throw new AttestationError(`it has no list of up to ${mostTimestamps} timestamps`);
  return (list as readonly PlainValue[]).map((one) => base64(fields(one, 'a timestamp')['signedTimestamp'], 'timestamp'));
}

function openEnvelope(envelope: Fields): Omit<OpenedAttestation, 'form' | 'certificate' | 'timestamps'> {
  only(envelope, ['payload', 'payloadType', 'signatures'], 'the envelope');
  const { payload, payloadType, signatures } = envelope;
  if (typeof payloadType !== 'string') throw new AttestationError('it has no payloadType');
  if (!Array.isArray(signatures) || signatures.length !== 1) throw new AttestationError('it must have exactly one signature');
  const signature = fields(signatures[0] as PlainValue, 'the signature');
  only(signature, ['sig', 'keyid'], 'the signature');
  const keyId = signature['keyid'] ?? '';
  if (typeof keyId !== 'string') throw new AttestationError('its keyid is no text');
  return { payloadType, payload: base64(payload, 'payload'), signature: base64(signature['sig'], 'sig'), keyId };
}

/** An object of JSON in which no key stands twice, as it could show one reader something and another something else. */
export function jsonFields(bytes: Uint8Array, what: string): Fields {
  try {
    return fields(parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { anyNumber: true }), what);
  } catch (error) {
    if (error instanceof AttestationError) throw error;
    throw new AttestationError(error instanceof Refusal ? error.message : `${what} is not UTF-8`);
  }
}

export function fields(value: PlainValue | undefined, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw new AttestationError(`${what} is no JSON object`);
  return value as Fields;
}

export function only(object: Fields, known: readonly string[], what: string): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new AttestationError(`${what} has a field "${unknown.slice(0, 60)}" that strict readers refuse`);
}

function base64(value: PlainValue | undefined, what: string): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.toString('base64') !== value) throw new AttestationError(`its ${what} is not base64`);
  return bytes;
}
