import { createHash, randomBytes } from 'node:crypto';

export const random = (size: number): Buffer<ArrayBuffer> => Buffer.from(randomBytes(size));
export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
/** As RFC 9530 writes it in `Repr-Digest` and `Content-Digest`. */
export const reprDigest = (bytes: Uint8Array): string => `sha-256=:${sha256(bytes).toString('base64')}:`;
