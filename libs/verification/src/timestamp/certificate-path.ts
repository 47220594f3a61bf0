import type { X509Certificate } from 'node:crypto';
import { X509Certificate as CertificateFields } from '@sigstore/core';
import { TimestampError } from './timestamp-error.js';

/** Leaf, authorities between, root. */
const longestPath = 6;

/**
 * The certificates from `leaf` up to one of `roots` (RFC 5280 section 6: names, signatures, authority and path length). Only roots end a path, and
 * `others` may stand between. Null when there is none.
 */
export function pathToRoot(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] | null {
  return climb([leaf], others, roots);
}

function climb(
  path: readonly X509Certificate[],
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] | null {
  const top = path.at(-1);
  if (top === undefined || path.length > longestPath) return null;
  if (roots.some((root) => root.raw.equals(top.raw))) return path;
  for (const issuer of [...roots, ...others]) {
    if (path.some((one) => one.raw.equals(issuer.raw)) || !issued(top, issuer, path.length - 1)) continue;
    const whole = climb([...path, issuer], others, roots);
    if (whole !== null) return whole;
  }
  return null;
}

/** @param between How many certificates of authorities stand below the issuer in its path. */
function issued(subject: X509Certificate, issuer: X509Certificate, between: number): boolean {
  if (!issuer.ca || !subject.checkIssued(issuer) || !subject.verify(issuer.publicKey)) return false;
  const longest = CertificateFields.parse(issuer.raw).extBasicConstraints?.pathLenConstraint;
  return longest === undefined || longest >= BigInt(between);
}

/** Throws for the first of them that was not valid then. */
export function assertValidAt(path: readonly X509Certificate[], at: Date): void {
  for (const one of path) {
    const [from, to] = [one.validFromDate, one.validToDate];
    if (at < from || at > to)
      throw new TimestampError(
        `the certificate of ${nameOf(one)} was valid from ${from.toISOString()} to ${to.toISOString()}, not at ${at.toISOString()}`,
      );
  }
}

/** Distinguished name on one line. */
export function nameOf({ subject }: X509Certificate): string {
  return subject.split('\n').join(', ');
}
