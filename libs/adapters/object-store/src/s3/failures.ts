import { setTimeout as pause } from 'node:timers/promises';
import { systemCode } from '../bytes/system-code.js';
import { DeadConnection, TransientAnswer } from './transport.js';

const attempts = 4;
const firstPauseMs = 100;
const brokenConnection: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ECONNABORTED']);

/** The S3 error code (`NoSuchKey`, ...) or system code of an error; null when it has none. */
export function failureCode(error: unknown): string | null {
  return systemCode(error);
}

/** The object is not there (HEAD answers carry no body, so the library says `NotFound`). */
export function isAbsent(error: unknown): boolean {
  const code = failureCode(error);
  return code === 'NoSuchKey' || code === 'NotFound';
}

/** The multipart upload is not there: completed, aborted or never begun. */
export function isUploadGone(error: unknown): boolean {
  return failureCode(error) === 'NoSuchUpload';
}

/**
 * Runs an operation that is safe to repeat, up to four times while the trouble is transient: a broken or dead connection, a busy store.
 * The pause doubles each time, with jitter so that many workers do not return at once.
 */
export async function repeated<T>(operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (attempt === attempts || !isTransient(error)) throw error;
    }
    await pause(firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof TransientAnswer || error instanceof DeadConnection || brokenConnection.has(failureCode(error) ?? '');
}
