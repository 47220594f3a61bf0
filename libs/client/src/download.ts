import { createHash, randomBytes, type Hash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ApiError, ConnectionError, DigestMismatch, UnexpectedAnswer } from './api-error.js';
import type { OnProgress } from './byte-source.js';
import { withRetries } from './retry.js';
import type { Transport } from './transport.js';

export interface Download {
  /** Path below the server's base URL, percent-encoded. */
  readonly target: string;
  readonly to: string;
  /** Hexadecimal. `null`: the server's `Repr-Digest` is taken, and its absence is an error. */
  readonly sha256: string | null;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What is on disk now. */
export interface Downloaded {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** State of a transfer that may need several connections. */
interface Transfer {
  readonly file: FileHandle;
  hash: Hash;
  offset: number;
  etag: string | null;
  announced: string | null;
}

/**
 * Streams a file to disk under a temporary name, digesting what is written, and renames it only when the digest agrees: a file with its
 * final name is always whole and right. A broken connection continues where it broke. Throws {@link DigestMismatch} and leaves nothing.
 */
export async function downloadTo(transport: Transport, download: Download): Promise<Downloaded> {
  await mkdir(dirname(download.to), { recursive: true });
  const partial = `${download.to}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(partial, 'wx');
  try {
    const transfer: Transfer = { file, hash: createHash('sha256'), offset: 0, etag: null, announced: null };
    await withRetries(transport.retry, () => receive(transport, download, transfer), download.signal);
    await file.sync();
    await file.close();
    const sha256 = transfer.hash.digest('hex');
    const expected = download.sha256 ?? transfer.announced;
    if (expected === null)
      throw new UnexpectedAnswer(`the server sent ${download.target} without Repr-Digest; nothing to check it against`);
    if (expected !== sha256) throw new DigestMismatch(download.to, expected, sha256);
    await rename(partial, download.to);
    return { path: download.to, size: transfer.offset, sha256 };
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}

async function receive(transport: Transport, download: Download, transfer: Transfer): Promise<void> {
  const answer = await transport.send({
    method: 'GET',
    target: download.target,
    // Content coding would make Range and digests speak of other bytes than those that arrive.
    headers: { 'accept-encoding': 'identity', ...continuation(transfer) },
    retry: false,
    ...(download.signal === undefined ? {} : { signal: download.signal }),
  });
  if (transfer.offset > 0 && answer.status !== 206) await startAgain(transfer);
  transfer.etag = answer.headers.get('etag');
  transfer.announced = sha256Of(answer.headers.get('repr-digest')) ?? transfer.announced;
  const length = Number(answer.headers.get('content-length') ?? NaN);
  const total = Number.isFinite(length) ? transfer.offset + length : NaN;
  try {
    const chunks: AsyncIterable<Uint8Array> | null = answer.body;
    if (chunks !== null) for await (const chunk of chunks) await take(transfer, chunk, total, download.onProgress);
  } catch (error) {
    download.signal?.throwIfAborted();
    // The disk failed, not the network: trying again would not help.
    if (typeof error === 'object' && error !== null && 'syscall' in error && error.syscall === 'write') throw error;
    throw new ConnectionError(transport.urlOf(download.target), error);
  }
  if (Number.isFinite(total) && transfer.offset < total) {
    throw new ConnectionError(transport.urlOf(download.target), new Error(`ended at byte ${transfer.offset} of ${total}`));
  }
}

function continuation(transfer: Transfer): Record<string, string> {
  if (transfer.offset === 0 || transfer.etag === null) return {};
  return { range: `bytes=${transfer.offset}-`, 'if-range': transfer.etag };
}

async function startAgain(transfer: Transfer): Promise<void> {
  await transfer.file.truncate(0);
  transfer.hash = createHash('sha256');
  transfer.offset = 0;
}

async function take(transfer: Transfer, chunk: Uint8Array, total: number, onProgress?: OnProgress): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await transfer.file.write(chunk, written, chunk.length - written, transfer.offset + written);
    written += bytesWritten;
  }
  transfer.hash.update(chunk);
  transfer.offset += chunk.length;
  onProgress?.(transfer.offset, Number.isFinite(total) ? total : transfer.offset);
}

/** The SHA-256 of a `Repr-Digest` field (RFC 9530), as hexadecimal. */
export function sha256Of(field: string | null): string | null {
  const found = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(field ?? '');
  return found?.[1] === undefined ? null : Buffer.from(found[1], 'base64').toString('hex');
}

/** `Repr-Digest` field of a hexadecimal SHA-256. */
export function reprDigestOf(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}

/** True when the server says there is no such thing. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
