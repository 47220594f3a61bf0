import { generateKeyPairSync, hash } from 'node:crypto';

/** The text with one bit of that witness's line turned; 4 bytes of key id, 8 of time and the signature follow each other. */
export function changed(text: string, witness: string, at: number): string {
  return text.replace(new RegExp(`(— ${witness} )(\\S+)`), (_, begin: string, encoded: string) => {
    const bytes = Buffer.from(encoded, 'base64');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return begin + bytes.toString('base64');
  });
}

/** The text without that witness's line. */
export function without(text: string, witness: string): string {
  return text.replace(new RegExp(`— ${witness} .*\n`), '');
}

/** A verifier key of that name that nobody signs with. */
export function otherKey(name: string): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  const typed = Buffer.concat([Uint8Array.of(4), publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, 4);
  return `${name}+${id.toString('hex')}+${typed.toString('base64')}`;
}
