import { hash, type X509Certificate } from 'node:crypto';
import { X509Certificate as CertificateFields } from '@sigstore/core';
import { assertValidAt, nameOf, pathToRoot } from './certificate-path.js';
import { TimestampError } from './timestamp-error.js';
import { reading, TimestampResponse } from './timestamp-response.js';

const extendedKeyUsage = '2.5.29.37';
const timeStamping = '1.3.6.1.5.5.7.3.8';

/** The bytes existed at that time, says an authority under a root that was brought along. */
export interface BelievedTimestamp {
  /** RFC 3339. */
  readonly at: string;
  readonly authority: string;
  readonly root: string;
}

/**
 * Judges an RFC 3161 response about `bytes`: imprint, signature, certificate for timestamps and nothing else (section 2.3), chain to one of the roots,
 * and the time within the validity of every certificate. Throws {@link TimestampError} with the reason.
 */
export function judgeTimestamp(response: Uint8Array, bytes: Uint8Array, roots: readonly X509Certificate[]): BelievedTimestamp {
  const timestamp = TimestampResponse.read(response);
  const at = reading(() => new Date(timestamp.signingTime.toISOString()));
  const sent = timestamp.certificates();
  const leaves = signersAmong(timestamp, [...roots, ...sent]);
  if (leaves.length === 0) throw new TimestampError('the certificate of its signer is neither in it nor among those you gave');
  const path = reading(() => leaves.map((leaf) => pathToRoot(leaf, sent, roots)).find((found) => found !== null));
  const [leaf, root] = [path?.[0], path?.at(-1)];
  if (path === undefined || leaf === undefined || root === undefined)
    throw new TimestampError(`it is signed by ${[...new Set(leaves.map(nameOf))].join(' or ')}, under none of the roots you gave`);
  assertForTimestamps(leaf);
  assertValidAt(path, at);
  assertSigned(timestamp, bytes, leaf);
  return { at: at.toISOString(), authority: nameOf(leaf), root: nameOf(root) };
}

/** Certificates with the issuer and serial number that the signer is named by. */
function signersAmong(timestamp: TimestampResponse, certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  return certificates.filter((one) =>
    reading(() => {
      const { serialNumber, issuer } = CertificateFields.parse(one.raw);
      return serialNumber.equals(timestamp.signerSerialNumber) && issuer.equals(timestamp.signerIssuer);
    }),
  );
}

function assertForTimestamps(leaf: X509Certificate): void {
  const critical = reading(() => CertificateFields.parse(leaf.raw).extension(extendedKeyUsage)?.critical === true);
  const purposes: readonly string[] | undefined = leaf.keyUsage;
  if (!critical || purposes?.length !== 1 || purposes[0] !== timeStamping)
    throw new TimestampError(`the certificate of ${nameOf(leaf)} is not one for timestamps alone`);
}

function assertSigned(timestamp: TimestampResponse, bytes: Uint8Array, leaf: X509Certificate): void {
  const { messageImprintHashAlgorithm: algorithm, messageImprintHashedMessage: imprint } = reading(() => timestamp.tstInfo);
  if (!reading(() => hash(algorithm, bytes, 'buffer').equals(imprint)))
    throw new TimestampError('it is of other bytes than this signature');
  try {
    timestamp.verify(Buffer.from(bytes), leaf.publicKey);
  } catch {
    throw new TimestampError(`it was changed, or is not signed by ${nameOf(leaf)}`);
  }
}
