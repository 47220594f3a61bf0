import { hash } from 'node:crypto';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import type { SigningTime } from '../keys/key-at.js';
import type { Trust } from '../keys/trust.js';
import { checkInclusion } from '../log/check-inclusion.js';
import type { CheckList } from '../report/check.js';
import type { PackageEvidence } from './evidence.js';

/** When each piece of evidence was signed, by the SHA-256 of its bytes, as far as the log proves it. */
export function provenSigningTimes(
  { signings, packageId }: PackageEvidence,
  trust: Trust,
  list: CheckList,
): ReadonlyMap<string, SigningTime> {
  const times = new Map<string, SigningTime>();
  for (const { payload, proof } of signings) {
    const proven = checkInclusion('signing event', proof, trust, list);
    if (proven === null) continue;
    const { entry, checkpoint } = proven;
    const subject = `event ${entry.sequence}`;
    const digest = `sha256:${hash('sha256', payload)}`;
    if (!list.equal('log.payload', subject, entry.payloadDigest, digest, checkpoint.restsOn)) continue;
    if (!list.holds('log.entry', subject, entry.subjectId === packageId, `${entry.type} of ${entry.subjectId}`, checkpoint.restsOn))
      continue;
    const time = { at: entry.time, provenBy: 'log', restsOn: checkpoint.restsOn } as const;
    for (const sha256 of evidenceOf(entry.type, payload)) times.set(sha256, time);
  }
  return times;
}

function evidenceOf(type: string, payload: Uint8Array): readonly string[] {
  try {
    const event = parseEvent(type, decodeCbor(payload));
    if (event?.type === 'v1.attestation.signed') return event.payload.evidence.map(({ sha256 }) => sha256);
    return event?.type === 'v1.signature.made' ? [event.payload.evidence.sha256] : [];
  } catch {
    return []; // an event of another version proves no time
  }
}
