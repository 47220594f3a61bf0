import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { Refusal } from '@muniment/domain';
import { encodeCbor, encodeJcs } from '@muniment/formats';
import { matchesTag } from './entity-tag.js';

export const cborMediaType = 'application/cbor';

/** True when the client prefers CBOR to JSON (RFC 9110 section 12.5.1). Refuses (`not_acceptable`) a client that takes neither. */
export function wantsCbor(request: Request): boolean {
  const chosen = request.accepts(['application/json', cborMediaType]);
  if (chosen === false)
    throw new Refusal('not_acceptable', `This comes as application/json or as ${cborMediaType}; the Accept header allows neither.`);
  return chosen === cborMediaType;
}

/** Sends a value in one of its two canonical faces: JCS (RFC 8785) by default, deterministic CBOR (RFC 8949) by Accept. */
export function sendCanonical(request: Request, response: Response, value: unknown): void {
  const cbor = wantsCbor(request);
  sendBytes(
    request,
    response,
    cbor ? Buffer.from(encodeCbor(value)) : Buffer.from(encodeJcs(value)),
    cbor ? cborMediaType : 'application/json',
  );
}

/** Sends bytes that clients may want to check: with their digest and a strong validator. */
export function sendBytes(request: Request, response: Response, bytes: Buffer, mediaType: string): void {
  const digest = createHash('sha256').update(bytes).digest();
  const etag = `"sha256:${digest.toString('hex')}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Repr-Digest', `sha-256=:${digest.toString('base64')}:`);
  response.setHeader('Vary', 'Accept, Authorization');
  if (matchesTag(request.headers['if-none-match'], etag)) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
