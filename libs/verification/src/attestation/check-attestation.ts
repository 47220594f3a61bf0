import { createPublicKey, verify } from 'node:crypto';
import { preAuthEncoding } from '@muniment/formats';
import { keyAt, type SigningTime } from '../keys/key-at.js';
import type { TrustedKey } from '../keys/known-key.js';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
import { checkCertified } from './check-certified.js';
import { AttestationError, openAttestation, type OpenedAttestation } from './open-attestation.js';
import { openStatement, type OpenedStatement } from './open-statement.js';

/** An attestation that the archive itself made. */
export interface AttestationFile {
  /** Name within the package's evidence. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** When it was signed; null when nobody says. */
  readonly signed: SigningTime | null;
}

export interface BelievedAttestation {
  readonly opened: OpenedAttestation;
  readonly statement: OpenedStatement;
  /** What its signature rests on. */
  readonly restsOn: string;
}

/** Why an attestation is not believed though no check speaks against what it says. */
export type Unbelieved = 'unjudged' | 'withdrawn';

/**
 * The checks of one attestation by itself: form, signature, key or identity, statement. Answers what it says only when all of them hold; `unjudged` when it is
 * signed with a certificate and nobody said whose to expect; `withdrawn` when nothing speaks against it but that its key is compromised.
 *
 * @param now RFC 3339; a signature of unknown time is judged as of now.
 */
export function checkAttestation(
  file: AttestationFile,
  trust: Trust,
  now: string,
  list: CheckList,
): BelievedAttestation | Unbelieved | null {
  const opened = attempt('attestation.form', file.name, list, () => openAttestation(file.bytes));
  if (opened === null) return null;
  list.holds('attestation.form', file.name, true, `one ${opened.form} with one signature`, 'the file itself');
  const signed = opened.certificate ? checkCertified(file, trust.identity, list) : checkKeyed(file, opened, trust, now, list);
  if (signed === null || typeof signed === 'string') return signed;
  const statement = attempt('attestation.statement', file.name, list, () => openStatement(opened));
  if (statement === null) return null;
  list.holds('attestation.statement', file.name, true, statement.predicateType, signed.restsOn);
  return { opened, statement, restsOn: signed.restsOn };
}

/** The signature of a bare key. Answers what it rests on; `withdrawn` or null when a check failed. */
function checkKeyed(
  { name, signed }: AttestationFile,
  opened: OpenedAttestation,
  trust: Trust,
  now: string,
  list: CheckList,
): { readonly restsOn: string } | 'withdrawn' | null {
  const key = trust.find('attestation', opened.keyId);
  if (key === null) {
    const known = trust.isPinned('attestation') ? 'not the key you pinned' : 'no key of the archive';
    const detail = `it is signed by ${opened.keyId || 'an unnamed key'}, ${known}`;
    list.holds('attestation.signature', name, false, detail, 'the keys that are believed');
    return trust.withdrawn('attestation').some(({ keyId }) => keyId === opened.keyId) ? 'withdrawn' : null;
  }
  if (!checkSignature(name, opened, key, list)) return null;
  const time = signed ?? { at: now, provenBy: null, restsOn: 'the clock of this machine' };
  const verdict = keyAt(key, time);
  if (list.holds('attestation.key', name, verdict.ok, verdict.detail, `${key.restsOn}; the time: ${time.restsOn}`)) return key;
  return verdict.withdrawn ? 'withdrawn' : null;
}

function checkSignature(name: string, { payloadType, payload, signature }: OpenedAttestation, key: TrustedKey, list: CheckList): boolean {
  const ok = verifies(key.publicKey, preAuthEncoding(payloadType, payload), signature);
  const detail = ok ? `ECDSA P-256 by ${key.keyId}` : `the signature does not fit what it stands beside (${key.keyId})`;
  return list.holds('attestation.signature', name, ok, detail, key.restsOn);
}

function verifies(publicKey: string, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey(publicKey);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' && verify('sha256', signed, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false; // what is no key signed nothing
  }
}

/** Runs a reader; what it refuses is a failed check. */
export function attempt<T>(check: string, subject: string, list: CheckList, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error;
    list.holds(check, subject, false, error.message, 'the file itself');
    return null;
  }
}
