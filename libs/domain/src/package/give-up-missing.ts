import { Refusal } from '../errors.js';
import type { DecisionContext } from '../event.js';
import type { StoredBytesMissing, FileRefused } from './events.js';
import type { FileView } from './state.js';

export interface GiveUpMissing {
  readonly fileId: string;
  readonly backend: string;
}

/**
 * The store answers, and has lost bytes that it acknowledged: the file is refused, so that its owner can send it again to the same path. Nothing
 * happens for a file that was already decided. Whoever calls this has made sure that the store can be read.
 */
export function giveUpMissing(
  { file }: FileView,
  { fileId, backend }: GiveUpMissing,
  { now }: DecisionContext,
): readonly (StoredBytesMissing | FileRefused)[] {
  if (file?.fileId !== fileId || file.phase !== 'received') return [];
  const { path, sha256, size } = file;
  const { code, message } = new Refusal(
    'stored_bytes_missing',
    `The object store no longer has the bytes it acknowledged for ${path}. Upload the file again.`,
  );
  return [
    { type: 'v1.storage.bytes_missing', payload: { file_id: fileId, path, expected_sha256: sha256, expected_size: size, backend } },
    { type: 'v1.file.refused', payload: { file_id: fileId, path, code, detail: message, refused_at: now } },
  ];
}
