import { AsyncLocalStorage } from 'node:async_hooks';
import type { BodyChecksum } from '@muniment/application';
import { Refusal, type Principal } from '@muniment/domain';

/** What our store must know of the request that `@tus/server` is handling; the library passes it none. */
export interface TusRequest {
  readonly caller: Principal;
  readonly checksum: BodyChecksum | null;
  readonly traceparent: string | null;
  /** The refusal or failure behind an error answer, so that it is reported as ours. */
  failure: unknown;
}

const current = new AsyncLocalStorage<TusRequest>();

export function withTusRequest<T>(request: TusRequest, work: () => Promise<T>): Promise<T> {
  return current.run(request, work);
}

export function tusRequest(): TusRequest {
  const request = current.getStore();
  if (!request) throw new Error('the tus store was called outside of a request');
  return request;
}

export const checksumAlgorithms = ['sha1', 'sha256', 'md5'] as const;

/** `Upload-Checksum: <algorithm> <base64>` (tus checksum extension). */
export function checksumOf(header: string | undefined): BodyChecksum | null {
  if (header === undefined) return null;
  const [name, digest] = header.split(' ');
  const algorithm = checksumAlgorithms.find((a) => a === name);
  if (!algorithm || digest === undefined) {
    throw new Refusal('checksum_algorithm_unsupported', `Use one of ${checksumAlgorithms.join(', ')} in Upload-Checksum.`);
  }
  return { algorithm, digest: Buffer.from(digest, 'base64') };
}
