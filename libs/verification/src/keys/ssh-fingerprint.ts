import { hash, type KeyObject } from 'node:crypto';

/** The id of a bare key, as `ssh-keygen -l` prints it: what attestations name their key by. Null for keys that sign no attestation. */
export function sshFingerprint(publicKey: KeyObject): string | null {
  if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
  const { x, y } = publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) return null;
  const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const wire = Buffer.concat([Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point].map(lengthed));
  return `SHA256:${hash('sha256', wire, 'base64').replace(/=+$/, '')}`;
}

function lengthed(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}
