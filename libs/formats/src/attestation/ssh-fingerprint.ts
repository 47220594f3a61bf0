import { hash, type KeyObject } from 'node:crypto';

/**
 * What `ssh-keygen -l` prints for the key: `SHA256:` and the unpadded base64 of the digest of its SSH wire form (RFC 4253, RFC 5656, RFC 8709). The
 * Go library of cosign and slsa-verifier computes this id for a bare key, and passes over every signature that names another one.
 * Null for keys that sign nothing here: only P-256 and Ed25519 do.
 */
export function sshFingerprint(publicKey: KeyObject): string | null {
  const form = wireForm(publicKey);
  return form && `SHA256:${hash('sha256', form, 'base64').replace(/=+$/, '')}`;
}

function wireForm(publicKey: KeyObject): Buffer | null {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  if (asymmetricKeyType !== 'ed25519' && asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const [first, second] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const parts =
    asymmetricKeyType === 'ed25519'
      ? [Buffer.from('ssh-ed25519'), first]
      : [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), Buffer.concat([Uint8Array.of(4), first, second])];
  return Buffer.concat(parts.map(lengthed));
}

function lengthed(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}
