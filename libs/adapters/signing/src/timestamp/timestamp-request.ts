import { hash, randomBytes } from 'node:crypto';

const sequence = 0x30;
const integer = 0x02;
const boolean = 0x01;
const octets = 0x04;
/** AlgorithmIdentifier of SHA-256: 2.16.840.1.101.3.4.2.1, NULL. */
const sha256 = Buffer.from('300d06096086480165030402010500', 'hex');

/** A TimeStampReq (RFC 3161 section 2.4.1): SHA-256 of the bytes, a random nonce, and the wish for the authority's certificate. */
export function timestampRequest(bytes: Uint8Array): Uint8Array {
  const imprint = der(sequence, sha256, der(octets, hash('sha256', bytes, 'buffer')));
  // The first bit is clear, so that the number is positive, and the second set, so that it has no leading zeros.
  const nonce = randomBytes(8);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  return der(sequence, der(integer, Uint8Array.of(1)), imprint, der(integer, nonce), der(boolean, Uint8Array.of(0xff)));
}

/** Everything here is shorter than 128 bytes, so one byte holds the length. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Uint8Array.of(tag, body.length), body]);
}
