import { Refusal, type PlainValue } from '@muniment/domain';
import { parseStrictJson } from '../canonical/strict-json.js';
import { inTotoPayloadType } from './dsse.js';
import { maxSubjects } from './subjects.js';

/** What an attestation by whomever says, without any judgement on its signature. */
export interface ReadAttestation {
  readonly format: 'bundle' | 'envelope';
  readonly mediaType: string;
  readonly payload: Uint8Array;
  readonly predicateType: string;
  readonly subjects: readonly { readonly name: string | null; readonly sha256: string | null }[];
}

type Fields = Readonly<Record<string, PlainValue>>;

/**
 * Reads one Sigstore bundle or one bare DSSE envelope that holds an in-toto statement. Refuses (`attestation_malformed`) everything else. Nothing
 * is trusted yet. Bound the length before calling.
 */
export function readAttestation(bytes: Uint8Array): ReadAttestation {
  const outer = fieldsOf(json(bytes), 'the attestation');
  const mediaType = outer['mediaType'];
  if (mediaType === undefined) return read('envelope', 'application/vnd.in-toto.bundle', outer);
  if (typeof mediaType !== 'string' || !/^application\/vnd\.dev\.sigstore\.bundle[.+]/.test(mediaType))
    throw malformed('its mediaType is not that of a Sigstore bundle');
  return read('bundle', mediaType, fieldsOf(outer['dsseEnvelope'], 'the bundle’s dsseEnvelope'));
}

function read(format: ReadAttestation['format'], mediaType: string, envelope: Fields): ReadAttestation {
  const { payload, payloadType, signatures } = envelope;
  if (payloadType !== inTotoPayloadType) throw malformed(`its payloadType is not ${inTotoPayloadType}`);
  if (!Array.isArray(signatures) || signatures.length !== 1) throw malformed('it must have exactly one signature');
  const decoded = typeof payload === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(payload) ? Buffer.from(payload, 'base64') : null;
  if (decoded === null) throw malformed('its payload is not base64');
  const { _type: type, subject, predicateType } = fieldsOf(json(decoded), 'the statement');
  if (type !== 'https://in-toto.io/Statement/v1' && type !== 'https://in-toto.io/Statement/v0.1')
    throw malformed('its payload is no in-toto statement');
  if (typeof predicateType !== 'string' || predicateType === '' || predicateType.length > 512) throw malformed('it has no predicateType');
  if (!Array.isArray(subject) || subject.length === 0 || subject.length > maxSubjects)
    throw malformed(`it must have from 1 to ${maxSubjects} subjects`);
  return { format, mediaType, payload: decoded, predicateType, subjects: (subject as readonly PlainValue[]).map(subjectOf) };
}

function subjectOf(value: PlainValue): ReadAttestation['subjects'][number] {
  const { name, digest } = fieldsOf(value, 'a subject');
  const sha256 = digest === undefined ? null : fieldsOf(digest, 'the digest of a subject')['sha256'];
  return {
    name: typeof name === 'string' ? name : null,
    sha256: typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null,
  };
}

/** JSON that means the same to every reader: a key that stands twice could show us one statement and a verifier another. */
function json(bytes: Uint8Array): PlainValue {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { anyNumber: true });
  } catch (error) {
    throw malformed(error instanceof Refusal ? error.message : 'it is not UTF-8');
  }
}

function fieldsOf(value: PlainValue | undefined, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is no JSON object`);
  return value as Fields;
}

function malformed(why: string): Refusal {
  return new Refusal(
    'attestation_malformed',
    `That is no attestation the archive can relay: ${why}. Send one Sigstore bundle or one DSSE envelope.`,
  );
}
