import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, UnexpectedAnswer } from './api-error.js';
import { bodyOf, type ByteSource, type OnProgress } from './byte-source.js';
import { delayAfter, isTransient } from './retry.js';
import type { Transport } from './transport.js';

/** A resumable upload (tus 1.0 core and creation). */
export interface TusUpload {
  readonly packageId: string;
  readonly path: string;
  readonly source: ByteSource;
  /** Hexadecimal; what the server must find. */
  readonly sha256: string;
  readonly mediaType: string;
  /** Address of an upload begun earlier; when the server no longer knows it, a new one is begun. */
  readonly resume?: string;
  /** Called as soon as the upload has an address, so that it can be remembered before the first byte is sent. */
  readonly onAddress?: (address: string) => Promise<void> | void;
  readonly onProgress?: OnProgress;
  readonly idempotencyKey: string;
  readonly signal?: AbortSignal;
  /** Bytes per PATCH request; what one broken connection can cost at most, on servers that keep only whole requests. */
  readonly chunkBytes?: number;
}

const tusVersion = { 'tus-resumable': '1.0.0' };
const defaultChunkBytes = 64 * 1024 * 1024;

/** Where an upload stands. `committed`: the server said that the file belongs to the package. */
interface Standing {
  readonly address: string;
  readonly offset: number;
  readonly committed: boolean;
}

/**
 * Sends what the server does not have yet and returns once it acknowledged every byte. True when the server also said that the file is
 * committed; false when that answer was lost, and the caller has to look at the package.
 */
export async function uploadResumable(transport: Transport, upload: TusUpload): Promise<boolean> {
  let standing = (await standingOf(transport, upload)) ?? (await begin(transport, upload));
  await upload.onAddress?.(standing.address);
  let failures = 0;
  while (!standing.committed) {
    upload.onProgress?.(standing.offset, upload.source.size);
    // Found complete: the server commits what is complete, whether or not it says so here.
    if (standing.offset === upload.source.size && upload.source.size > 0) return false;
    try {
      const next = await sendChunk(transport, upload, standing);
      if (next.offset === upload.source.size) return next.committed;
      if (next.offset === standing.offset) throw new UnexpectedAnswer('the server acknowledged an upload request without taking a byte');
      standing = next;
      failures = 0;
    } catch (error) {
      const outOfStep = error instanceof ApiError && error.code === 'upload_offset_mismatch';
      failures += 1;
      if ((!isTransient(error) && !outOfStep) || failures >= transport.retry.attempts) throw error;
      await sleep(delayAfter(failures, error, transport.retry), undefined, upload.signal === undefined ? {} : { signal: upload.signal });
      const found = await headOf(transport, upload, standing.address);
      if (found === null) return false;
      if (found.offset > standing.offset) failures = 0;
      standing = found;
    }
  }
  upload.onProgress?.(upload.source.size, upload.source.size);
  return true;
}

async function standingOf(transport: Transport, upload: TusUpload): Promise<Standing | null> {
  return upload.resume === undefined ? null : headOf(transport, upload, upload.resume);
}

/** Asks how far an upload came; `null` when the server no longer knows it. */
async function headOf(transport: Transport, upload: TusUpload, address: string): Promise<Standing | null> {
  try {
    const answer = await transport.send({ method: 'HEAD', target: address, headers: tusVersion, ...signalOf(upload) });
    const length = answer.headers.get('upload-length');
    // An upload of another length is not this file's; begin anew rather than mix two files.
    if (length !== null && Number(length) !== upload.source.size) return null;
    return { address, offset: offsetOf(answer, upload.source.size), committed: answer.headers.has('upload-committed') };
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null;
    throw error;
  }
}

async function begin(transport: Transport, upload: TusUpload): Promise<Standing> {
  const metadata = { package_id: upload.packageId, path: upload.path, sha256: upload.sha256, filetype: upload.mediaType };
  const encoded = Object.entries(metadata).map(([key, value]) => `${key} ${Buffer.from(value, 'utf8').toString('base64')}`);
  const answer = await transport.send({
    method: 'POST',
    target: '/uploads',
    headers: {
      ...tusVersion,
      'upload-length': String(upload.source.size),
      'upload-metadata': encoded.join(','),
      'idempotency-key': upload.idempotencyKey,
    },
    ...signalOf(upload),
  });
  const location = answer.headers.get('location');
  if (location === null) throw new UnexpectedAnswer('the server created an upload without saying where (no Location header)');
  const offset = answer.headers.has('upload-offset') ? offsetOf(answer, upload.source.size) : 0;
  return { address: location, offset, committed: answer.headers.has('upload-committed') };
}

async function sendChunk(transport: Transport, upload: TusUpload, { address, offset }: Standing): Promise<Standing> {
  const end = Math.min(offset + (upload.chunkBytes ?? defaultChunkBytes), upload.source.size);
  const answer = await transport.send({
    method: 'PATCH',
    target: address,
    headers: {
      ...tusVersion,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
      'content-length': String(end - offset),
    },
    body: () => bodyOf(upload.source, offset, end, upload.onProgress),
    retry: false,
    ...signalOf(upload),
  });
  return { address, offset: offsetOf(answer, upload.source.size), committed: answer.headers.has('upload-committed') };
}

function offsetOf(answer: Response, size: number): number {
  const offset = Number(answer.headers.get('upload-offset') ?? NaN);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > size) {
    throw new UnexpectedAnswer(`the server gave no usable Upload-Offset (${answer.headers.get('upload-offset') ?? 'none'})`);
  }
  return offset;
}

function signalOf(upload: TusUpload): { signal?: AbortSignal } {
  return upload.signal === undefined ? {} : { signal: upload.signal };
}
