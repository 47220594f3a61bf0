import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** Ed25519 in notes (C2SP signed-note). */
const ed25519 = 0x01;
const rawKeyBytes = 32;
const signatureBytes = 64;
const dash = '\u2014';
const maxSignatures = 64;

/** Who signs or is trusted to have signed a note. */
export interface NoteVerifier {
  readonly name: string;
  readonly publicKey: KeyObject;
}

export interface NoteSigner extends NoteVerifier {
  /** Signs the text; the key itself may be elsewhere. */
  readonly sign: (text: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

export class NoteError extends Error {
  override readonly name = 'NoteError';
}

/** A signer with a private key at hand. */
export function ed25519Signer(name: string, privateKey: KeyObject): NoteSigner {
  assertName(name);
  return { name, publicKey: createPublicKey(privateKey), sign: (text) => sign(null, text, privateKey) };
}

/** `<name>+<key id>+<base64>`: how verifiers are told of a key, as Go's sumdb/note prints it. */
export function verifierKey({ name, publicKey }: NoteVerifier): string {
  const key = Buffer.concat([Uint8Array.of(ed25519), rawKey(publicKey)]);
  return `${name}+${keyId(name, key).toString('hex')}+${key.toString('base64')}`;
}

export function parseVerifierKey(text: string): NoteVerifier {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text.trim());
  const key = Buffer.from(match?.[3] ?? '', 'base64');
  const name = match?.[1] ?? '';
  if (!match || key[0] !== ed25519 || key.length !== rawKeyBytes + 1) throw new NoteError('not an Ed25519 verifier key');
  if (keyId(name, key).toString('hex') !== match[2]) throw new NoteError(`the key id of ${name} does not fit its key`);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') }, format: 'jwk' });
  return { name, publicKey };
}

/** The note: text, blank line, one signature line per signer (C2SP signed-note). `text` ends with a newline and holds no control characters. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  assertText(text);
  const lines: string[] = [];
  for (const signer of signers) {
    const signature = Buffer.from(await signer.sign(Buffer.from(text)));
    if (signature.length !== signatureBytes) throw new NoteError(`${signer.name} made no Ed25519 signature`);
    const key = Buffer.concat([Uint8Array.of(ed25519), rawKey(signer.publicKey)]);
    lines.push(`${dash} ${signer.name} ${Buffer.concat([keyId(signer.name, key), signature]).toString('base64')}\n`);
  }
  return `${text}\n${lines.join('')}`;
}

/**
 * The text of a note, and who of `trusted` signed it. Throws when nobody did, or when a signature by a trusted key is wrong: a forged line
 * must not hide behind a good one. Signatures of keys nobody named are passed over.
 */
export function openNote(note: string, trusted: readonly NoteVerifier[]): { readonly text: string; readonly signedBy: readonly string[] } {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2).split('\n');
  if (end < 0 || lines.pop() !== '' || lines.length === 0 || lines.length > maxSignatures) throw new NoteError('not a signed note');
  assertText(text);
  const signedBy = new Set<string>();
  for (const line of lines) {
    const { name, id, signature } = parseSignature(line);
    const signer = trusted.find((verifier) => verifier.name === name && keyIdOf(verifier).equals(id));
    if (signer === undefined) continue;
    if (!verify(null, Buffer.from(text), signer.publicKey, signature)) throw new NoteError(`the signature by ${name} is wrong`);
    signedBy.add(name);
  }
  if (signedBy.size === 0) throw new NoteError('no signature by a trusted key');
  return { text, signedBy: [...signedBy] };
}

/** One signature line of a note, unchecked. */
export function parseSignature(line: string): { readonly name: string; readonly id: Buffer; readonly signature: Buffer } {
  const match = new RegExp(`^${dash} ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})$`, 'u').exec(line);
  const bytes = Buffer.from(match?.[2] ?? '', 'base64');
  if (!match || bytes.length < 5) throw new NoteError('a signature line is malformed');
  return { name: match[1] ?? '', id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/** First four bytes of SHA-256(name, newline, algorithm and key). */
function keyId(name: string, key: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), key]), 'buffer').subarray(0, 4);
}

function keyIdOf({ name, publicKey }: NoteVerifier): Buffer {
  return keyId(name, Buffer.concat([Uint8Array.of(ed25519), rawKey(publicKey)]));
}

function rawKey(publicKey: KeyObject): Buffer {
  const { crv, x } = publicKey.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new NoteError('notes are signed with Ed25519 keys');
  return Buffer.from(x, 'base64url');
}

function assertName(name: string): void {
  if (name === '' || /[\s+]/u.test(name)) throw new NoteError('the name of a key has no spaces and no plus sign');
}

function assertText(text: string): void {
  if (!text.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(text))
    throw new NoteError('the text of a note is lines without control characters');
}
