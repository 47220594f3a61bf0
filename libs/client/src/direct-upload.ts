import type { CompleteDirectUploadBody, DirectUploadAnswer, DirectUploadBody, ReceivedAnswer } from '@muniment/contracts';
import { ApiError, ConnectionError, UnexpectedAnswer } from './api-error.js';
import { bodyOf, type ByteSource, type OnProgress } from './byte-source.js';
import { withRetries, type RetryPolicy } from './retry.js';

/** A big file whose parts are sent to presigned addresses of the object store. */
export interface DirectUpload {
  readonly packageId: string;
  readonly path: string;
  readonly source: ByteSource;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly onProgress?: OnProgress;
}

/** The two calls to the archive that stand around the parts. */
export interface DirectUploadCalls {
  beginDirectUpload(packageId: string, body: DirectUploadBody): Promise<DirectUploadAnswer>;
  completeDirectUpload(uploadId: string, body: CompleteDirectUploadBody): Promise<ReceivedAnswer>;
}

/** Begin, send each part (retried on its own), complete. Null when the archive already holds the content. Refused without S3 storage. */
export async function uploadDirect(calls: DirectUploadCalls, retry: RetryPolicy, upload: DirectUpload): Promise<ReceivedAnswer | null> {
  const { packageId, path, source, sha256, mediaType } = upload;
  const begun = await calls.beginDirectUpload(packageId, { path, size: source.size, sha256, media_type: mediaType });
  if (begun.deduplicated) return null;
  const parts: { part: number; etag: string }[] = [];
  for (const [index, url] of begun.urls.entries()) {
    const from = index * begun.part_size;
    const to = Math.min(from + begun.part_size, source.size);
    const etag = await withRetries(retry, () => putPart(url, source, from, to, upload.onProgress));
    parts.push({ part: index + 1, etag });
  }
  return calls.completeDirectUpload(begun.upload_id, { parts });
}

/** No token here: the address itself is the permission, and the store must not see our token. */
async function putPart(url: string, source: ByteSource, from: number, to: number, onProgress?: OnProgress): Promise<string> {
  const host = new URL(url).origin;
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'content-length': String(to - from) },
    body: bodyOf(source, from, to, onProgress),
    duplex: 'half',
  }).catch((error: unknown) => {
    throw new ConnectionError(host, error);
  });
  await answer.arrayBuffer();
  // The address is a secret while it lives: errors name the host only.
  if (!answer.ok) throw new ApiError(answer.status, `http_${answer.status}`, `The object store at ${host} answered ${answer.status}`);
  const etag = answer.headers.get('etag');
  if (etag === null) throw new UnexpectedAnswer(`The object store at ${host} gave no ETag for a part`);
  return etag;
}
