import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { NoteError, parseSignature } from './note.js';

const cosignatureType = 0x04;
const ed25519Bytes = 32;
const timestampBytes = 8;

/** The public key of a log witness (C2SP tlog-cosignature, Ed25519): it vouches that it saw this checkpoint and no other of that size. */
export interface LogWitnessKey {
  readonly name: string;
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
}

/** `<name>+<key id>+<base64 of type 0x04 and key>`. */
export function parseLogWitnessKey(text: string): LogWitnessKey {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text.trim());
  const key = Buffer.from(match?.[3] ?? '', 'base64');
  const name = match?.[1] ?? '';
  if (!match || key[0] !== cosignatureType || key.length !== ed25519Bytes + 1) throw new NoteError('not an Ed25519 key of a log witness');
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), key]), 'buffer').subarray(0, 4);
  if (keyId.toString('hex') !== match[2]) throw new NoteError(`the key id of ${name} does not fit its key`);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') }, format: 'jwk' });
  return { name, keyId, publicKey };
}

/** A cosignature that was checked: its line of the note (with newline), and when the witness made it. */
export interface Cosignature {
  readonly witness: string;
  readonly line: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * Cosignatures by these witnesses among the signature lines, checked against the text of the checkpoint's note. Lines of unknown keys are passed over;
 * a wrong line of a known key throws.
 */
export function cosignaturesIn(text: string, lines: string, trusted: readonly LogWitnessKey[]): readonly Cosignature[] {
  const found: Cosignature[] = [];
  for (const line of lines.split('\n').filter((each) => each !== '')) {
    const { name, id, signature } = parseSignature(line);
    const witness = trusted.find((key) => key.name === name && key.keyId.equals(id));
    if (witness === undefined) continue;
    if (signature.length !== timestampBytes + 64) throw new NoteError(`the cosignature by ${name} is malformed`);
    const time = Number(signature.readBigUInt64BE());
    const signed = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
    if (!verify(null, signed, witness.publicKey, signature.subarray(timestampBytes)))
      throw new NoteError(`the cosignature by ${name} is wrong`);
    found.push({ witness: name, line: `${line}\n`, time });
  }
  return found;
}
