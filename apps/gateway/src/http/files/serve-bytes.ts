import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import type { ServableBytes } from '@muniment/application';
import { matchesTag } from '../answers/entity-tag.js';
import { byteRange } from './byte-range.js';

/**
 * Serves known bytes: ranges, conditional requests on a strong ETag, and their digest (RFC 9110, RFC 9530). What was uploaded never runs in a
 * browser as part of this site: it is always a download, sandboxed, with its type taken literally.
 */
export async function serveBytes(request: Request, response: Response, bytes: ServableBytes, fileName: string): Promise<void> {
  const etag = `"sha256:${bytes.sha256}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(bytes.sha256, 'hex').toString('base64')}:`);
  response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
  response.setHeader('Vary', 'Authorization');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
  response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${extendedValue(fileName)}`);
  if (bytes.blake3 !== null) response.setHeader('X-Blake3', bytes.blake3);
  if (matchesTag(request.headers['if-none-match'], etag)) {
    response.status(304).end();
    return;
  }
  const ifRange = request.headers['if-range'];
  const ranged = ifRange === undefined || ifRange === etag;
  const range = ranged ? byteRange(request.headers.range, bytes.size) : null;
  response.setHeader('Content-Type', bytes.mediaType);
  response.setHeader('Content-Length', range ? range.end - range.start + 1 : bytes.size);
  if (range) response.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${bytes.size}`);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = await bytes.open(range ?? undefined);
  try {
    await pipeline(source instanceof Readable ? source : Readable.from(source, { objectMode: false }), response);
  } catch (error) {
    // A client that hangs up in the middle of a download is no failure of ours.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}

/** RFC 8187 `value-chars`: narrower than what `encodeURIComponent` leaves alone. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
