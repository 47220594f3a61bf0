import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { encodeCbor, encodeJcs } from '@muniment/formats';

export const cborMediaType = 'application/cbor';

/** True when the client prefers CBOR to JSON (RFC 9110 section 12.5.1). */
export function wantsCbor(request: Request): boolean {
  return request.accepts(['application/json', cborMediaType]) === cborMediaType;
}

/** Sends a value in one of its two canonical faces: JCS (RFC 8785) by default, deterministic CBOR (RFC 8949) by Accept. */
export function sendCanonical(request: Request, response: Response, value: unknown): void {
  const cbor = wantsCbor(request);
  sendBytes(response, cbor ? Buffer.from(encodeCbor(value)) : Buffer.from(encodeJcs(value)), cbor ? cborMediaType : 'application/json');
}

/** Sends bytes that clients may want to check: with their digest and a strong validator. */
export function sendBytes(response: Response, bytes: Buffer, mediaType: string): void {
  const digest = createHash('sha256').update(bytes).digest();
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', bytes.length);
  response.setHeader('Repr-Digest', `sha-256=:${digest.toString('base64')}:`);
  response.setHeader('ETag', `"sha256:${digest.toString('hex')}"`);
  response.setHeader('Vary', 'Accept, Authorization');
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
