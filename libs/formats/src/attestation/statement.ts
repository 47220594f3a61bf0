import type { PlainValue } from '@muniment/domain';
import { encodeJcs } from '../canonical/jcs.js';
import type { StatementSubject } from './subjects.js';

export const statementType = 'https://in-toto.io/Statement/v1';

/** The bytes that are signed: an in-toto Statement v1 with no field that strict readers do not know. */
export function statementBytes(
  subjects: readonly StatementSubject[],
  predicateType: string,
  predicate: Readonly<Record<string, PlainValue>>,
): Uint8Array {
  const subject = subjects.map(({ name, digest }) => ({ name, digest: { sha256: digest.sha256, blake3: digest.blake3 } }));
  return Buffer.from(encodeJcs({ _type: statementType, subject, predicateType, predicate }));
}
