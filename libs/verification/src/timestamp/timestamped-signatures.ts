import { AttestationError, openAttestation, type OpenedAttestation } from '../attestation/open-attestation.js';
import type { SigningTime } from '../keys/key-at.js';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
import { judgeTimestamp } from './judge-timestamp.js';
import { TimestampError } from './timestamp-error.js';

const check = 'attestation.timestamp';

/** The time of a piece of evidence that a timestamp proves, by the name of that piece. */
export type TimestampedSignatures = (name: string) => SigningTime | undefined;

/**
 * Judges the timestamps in bundles, each a check of its own. Only roots that were brought along count; without one they are skipped. What is proven of a
 * signature holds for every file that bears it: the bare envelope of a statement has no place for a timestamp.
 */
export function timestampedSignatures(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  trust: Trust,
  list: CheckList,
): TimestampedSignatures {
  const signatures = new Map<string, string>();
  const times = new Map<string, SigningTime>();
  for (const { name, bytes } of files) {
    const opened = readable(bytes);
    if (opened === null) continue;
    const signature = Buffer.from(opened.signature).toString('base64');
    signatures.set(name, signature);
    for (const time of judged(name, opened, trust, list)) {
      const known = times.get(signature);
      if (known === undefined || Date.parse(time.at) < Date.parse(known.at)) times.set(signature, time);
    }
  }
  return (name) => times.get(signatures.get(name) ?? '');
}

function judged(
  name: string,
  { timestamps, signature, certificate }: OpenedAttestation,
  trust: Trust,
  list: CheckList,
): readonly SigningTime[] {
  const roots = trust.timestampRoots;
  // Beside a certificate a timestamp is part of `attestation.signature`, under the trusted root.
  if (certificate && roots.length === 0) return [];
  if (timestamps.length > 0 && roots.length === 0) {
    const why = `${timestamps.length === 1 ? 'a timestamp is' : `${timestamps.length} timestamps are`} present and not judged`;
    list.skipped(check, name, why, 'Give --tsa-root FILE with the root certificate of the authority, which you got from elsewhere.');
    return [];
  }
  return timestamps.flatMap((response) => {
    try {
      const { at, authority, root } = judgeTimestamp(response, signature, roots);
      const restsOn = `the root of a timestamp authority that you gave, ${root}`;
      list.holds(check, name, true, `${at} by ${authority}`, restsOn);
      return [{ at, provenBy: 'timestamp' as const, restsOn }];
    } catch (error) {
      if (!(error instanceof TimestampError)) throw error;
      list.holds(check, name, false, error.message, 'the roots of timestamp authorities that you gave');
      return [];
    }
  });
}

/** What is no attestation is told by `attestation.form`. */
function readable(bytes: Uint8Array): OpenedAttestation | null {
  try {
    return openAttestation(bytes);
  } catch (error) {
    if (error instanceof AttestationError) return null;
    throw error;
  }
}
