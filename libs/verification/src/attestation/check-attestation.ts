import { createPublicKey, verify } from 'node:crypto';
import { preAuthEncoding } from '@muniment/formats';
import { keyAt, type SigningTime } from '../keys/key-at.js';
import type { TrustedKey } from '../keys/known-key.js';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
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

/**
 * The checks of one attestation by itself: form, signature, key, statement. Answers what it says only when all of them hold.
 *
 * @param now RFC 3339; a signature of unknown time is judged as of now.
 */
export function checkAttestation(file: AttestationFile, trust: Trust, now: string, list: CheckList): BelievedAttestation | null {
  const opened = attempt('attestation.form', file.name, list, () => openAttestation(file.bytes));
  if (opened === null) return null;
  list.holds('attestation.form', file.name, true, `one ${opened.form} with one signature`, 'the file itself');
  if (opened.certificate) {
    list.holds(
      'attestation.signature',
      file.name,
      false,
      'it is signed with a certificate; the archive signs with bare keys',
      'the file itself',
    );
    return null;
  }
  const key = trust.find('attestation', opened.keyId);
  if (key === null) {
    const known = trust.isPinned('attestation') ? 'not the key you pinned' : 'no key of the archive';
    list.holds(
      'attestation.signature',
      file.name,
      false,
      `it is signed by ${opened.keyId || 'an unnamed key'}, ${known}`,
      'the keys that are believed',
    );
    return null;
  }
  if (!checkSignature(file.name, opened, key, list)) return null;
  const time = file.signed ?? { at: now, provenBy: null, restsOn: 'the clock of this machine' };
  const verdict = keyAt(key, time);
  const usable = list.holds('attestation.key', file.name, verdict.ok, verdict.detail, `${key.restsOn}; the time: ${time.restsOn}`);
  const statement = attempt('attestation.statement', file.name, list, () => openStatement(opened));
  if (statement === null) return null;
  list.holds('attestation.statement', file.name, true, statement.predicateType, key.restsOn);
  return usable ? { opened, statement, restsOn: key.restsOn } : null;
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
