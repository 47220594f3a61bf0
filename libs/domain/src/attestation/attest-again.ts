import { Refusal } from '../errors.js';
import type { Instant } from '../instant.js';
import type { KeyState } from '../keys/announce-key.js';
import type { AttestationRequested, StatementKind } from './events.js';
import type { DueStatement } from './state.js';

/** A package as far as it matters who signed for it. */
export interface SignedPackage {
  readonly packageId: string;
  readonly repository: string;
  readonly name: string;
  readonly revision: number;
  /** By the archive, one for each key that signed parts of one attestation. */
  readonly attestations: readonly {
    readonly attestationId: string;
    readonly statement: StatementKind;
    readonly aboutRevision: number;
    readonly keyId: string;
  }[];
  /** Detached, of files whose bytes are kept. */
  readonly signatures: readonly { readonly path: string; readonly keyId: string }[];
  readonly due: readonly Pick<DueStatement, 'statement' | 'aboutRevision'>[];
  readonly filesDue: readonly string[];
}

/** What is to be asked for; `null` when nothing is. */
export interface Again {
  readonly request: AttestationRequested | null;
  /** Statements and files of this key that are due already. */
  readonly waiting: number;
}

/** Refuses a key that nobody announced (`key_not_found`), one that signs no packages (`key_signs_no_packages`) and one that may still sign (`key_in_use`). */
export function assertMayBeReplaced(key: KeyState | null, keyId: string, now: Instant): void {
  if (key === null) throw new Refusal('key_not_found', `The archive never announced a key ${keyId}. GET /keys lists them.`);
  const { purpose, not_after: notAfter } = key.announced;
  if (purpose === 'log')
    throw new Refusal(
      'key_signs_no_packages',
      `${keyId} signs checkpoints of the log. The next checkpoint is signed by the new key by itself.`,
    );
  if (key.compromisedAt !== null || (notAfter !== null && notAfter <= now)) return;
  throw new Refusal(
    'key_in_use',
    `${keyId} still signs, so that signing again would change nothing. Give it compromised_at in the keyring, add another key, restart the signers, ask again.`,
  );
}

/**
 * What only this key vouches for. A statement is left alone when somebody else than this key and the compromised ones signed all of it, and when it is due
 * already; a file likewise. So asking twice asks once.
 *
 * @param compromised Ids of keys that are known to be compromised.
 */
export function attestAgain(pkg: SignedPackage, keyId: string, compromised: ReadonlySet<string>, now: Instant): Again {
  const counts = (by: string): boolean => by !== keyId && !compromised.has(by);
  const statements = statementsOf(pkg, keyId, counts);
  const isDue = ({ statement, about_revision }: (typeof statements)[number]): boolean =>
    pkg.due.some((due) => due.statement === statement && due.aboutRevision === about_revision);
  const files = new Set(pkg.signatures.filter((one) => one.keyId === keyId).map(({ path }) => path));
  for (const { path, keyId: by } of pkg.signatures) if (counts(by)) files.delete(path);
  const asked = { statements: statements.filter((one) => !isDue(one)), paths: [...files].filter((path) => !pkg.filesDue.includes(path)) };
  const open = asked.statements.length + asked.paths.length;
  return {
    request: open === 0 ? null : { type: 'v1.attestation.requested', payload: { key_id: keyId, ...asked, requested_at: now } },
    waiting: statements.length + files.size - open,
  };
}

/** Statements this key signed at least a part of, and that no attestation by keys that count covers. */
function statementsOf(
  { attestations }: SignedPackage,
  keyId: string,
  counts: (keyId: string) => boolean,
): AttestationRequested['payload']['statements'] {
  const byStatement = Map.groupBy(attestations, ({ statement, aboutRevision }) => `${statement} ${aboutRevision}`);
  return [...byStatement.values()].flatMap((signed) => {
    const [first] = signed;
    if (first === undefined || !signed.some((one) => one.keyId === keyId)) return [];
    const whole = Map.groupBy(signed, ({ attestationId }) => attestationId);
    if ([...whole.values()].some((parts) => parts.every((part) => counts(part.keyId)))) return [];
    return [{ statement: first.statement, about_revision: first.aboutRevision }];
  });
}
