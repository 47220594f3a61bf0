import { hash, type KeyObject } from 'node:crypto';

/**
 * What `ssh-keygen -l` prints for the key: `SHA256:` and the unpadded base64 of the digest of its SSH wire form (RFC 4253, RFC 5656, RFC 8709). The
 * Go library of cosign and slsa-verifier computes this id for a bare key, and passes over every signature that names another one.
 */
export function sshFingerprint(publicKey: KeyObject): string {
  return `SHA256:${hash('sha256', wireForm(publicKey), 'base64').replace(/=+$/, '')}`;
}

function wireForm(publicKey: KeyObject): Buffer {
  const { crv, x, y } = publicKey.export({ format: 'jwk' });
  if (crv === 'P-256' && x !== undefined && y !== undefined) {
    const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    return Buffer.concat([Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point].map(lengthed));
  }
  if (crv === 'Ed25519' && x !== undefined) return Buffer.concat([Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')].map(lengthed));
  throw new Error('only P-256 and Ed25519 keys have an id here');
}

function lengthed(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}
