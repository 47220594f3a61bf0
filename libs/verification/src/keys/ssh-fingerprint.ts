import { hash, type KeyObject } from 'node:crypto';

/** The id of a bare key, as `ssh-keygen -l` prints it: what attestations name their key by. Null for keys that sign nothing here. */
export function sshFingerprint(publicKey: KeyObject): string | null {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  if (asymmetricKeyType !== 'ed25519' && asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const [first, second] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const parts =
    asymmetricKeyType === 'ed25519'
      ? [Buffer.from('ssh-ed25519'), first]
      : [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), Buffer.concat([Uint8Array.of(4), first, second])];
  return `SHA256:${hash('sha256', Buffer.concat(parts.map(lengthed)), 'base64').replace(/=+$/, '')}`;
}

function lengthed(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}
