import type { CommittedFile } from '@muniment/application';
import type { ReceivedAnswer } from '@muniment/contracts';

export function receivedAnswer({ path, size, sha256, blake3, state, deduplicated }: CommittedFile): ReceivedAnswer {
  return { path, size, sha256, blake3, state, deduplicated };
}
