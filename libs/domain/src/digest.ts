import { Refusal } from './errors.js';

/** 64 lower-case hexadecimal digits of a SHA-256: the name the world knows a blob by. */
export type Sha256 = string & { readonly brand: 'sha256' };
/** 64 lower-case hexadecimal digits of a 32-byte BLAKE3: the second witness. */
export type Blake3 = string & { readonly brand: 'blake3' };

/** What a blob is: both digests and the exact length in bytes, always from one read of the same bytes. */
export interface BlobIdentity {
  readonly sha256: Sha256;
  readonly blake3: Blake3;
  readonly size: number;
}

const hex64 = /^[0-9a-f]{64}$/;

/** Accepts 64 hex digits in either case, with or without the `sha256:` prefix. Refuses anything else (`digest_malformed`). */
export function parseSha256(text: string): Sha256 {
  const hex = text.toLowerCase().replace(/^sha256:/, '');
  if (!hex64.test(hex)) throw new Refusal('digest_malformed', 'A SHA-256 digest is 64 hexadecimal digits, optionally after "sha256:".');
  return hex as Sha256;
}

/** Accepts 64 hex digits in either case, with or without the `blake3:` prefix. Refuses anything else (`digest_malformed`). */
export function parseBlake3(text: string): Blake3 {
  const hex = text.toLowerCase().replace(/^blake3:/, '');
  if (!hex64.test(hex)) throw new Refusal('digest_malformed', 'A BLAKE3 digest is 64 hexadecimal digits, optionally after "blake3:".');
  return hex as Blake3;
}

/** `sha256:<hex>`, the form of digests that stand alone (OCI image spec, descriptor digest). */
export function sha256Name(digest: Sha256): string {
  return `sha256:${digest}`;
}

/** An identity in which BLAKE3 may not be known yet. */
export type ClaimedIdentity = Omit<BlobIdentity, 'blake3'> & { readonly blake3: Blake3 | null };

/** True when the bytes are what was claimed: every digest that is known, and the size. */
export function sameBlob(actual: BlobIdentity, claimed: ClaimedIdentity): boolean {
  const sameBlake3 = claimed.blake3 === null || actual.blake3 === claimed.blake3;
  return actual.sha256 === claimed.sha256 && sameBlake3 && actual.size === claimed.size;
}
