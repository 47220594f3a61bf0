import { keyAt, type SigningTime } from '../keys/key-at.js';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
import type { SignedContent } from './signed-content.js';
import type { DetachedSignature } from './detached-signature.js';

/** A detached signature of a file, as it came. */
export interface SignatureFile {
  readonly name: string;
  /** Path of the file within the package. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly signed: SigningTime | null;
}

/** A signature that is ready for its content. */
export interface ReadSignature {
  readonly file: SignatureFile;
  readonly signature: DetachedSignature;
}

const check = 'openpgp.signature';

/** Reads signatures so that the content's digests are known before it is read. One that is none fails here. */
export async function readSignatures(files: readonly SignatureFile[], list: CheckList): Promise<readonly ReadSignature[]> {
  if (files.length === 0) return [];
  // Loaded only where there is a signature: the library is large.
  const { DetachedSignature, OpenpgpError } = await import('./detached-signature.js');
  const read: ReadSignature[] = [];
  for (const file of files) {
    try {
      read.push({ file, signature: await DetachedSignature.read(Buffer.from(file.bytes).toString('latin1')) });
    } catch (error) {
      if (!(error instanceof OpenpgpError)) throw error;
      list.holds(check, file.name, false, error.message, 'the file itself');
    }
  }
  return read;
}

/** Records `openpgp.signature` and `openpgp.key` for a signature whose content was read. */
export async function checkSignature(
  { file, signature }: ReadSignature,
  content: SignedContent,
  trust: Trust,
  now: string,
  list: CheckList,
): Promise<void> {
  const { OpenpgpError } = await import('./detached-signature.js');
  const certificates = trust.certificates();
  if (certificates.length === 0) {
    list.holds(
      check,
      file.name,
      false,
      trust.isPinned('release') ? 'the pinned key is not known here' : 'no release key is known',
      'the keys that are believed',
    );
    return;
  }
  let reason = '';
  for (const certificate of certificates) {
    try {
      await signature.assertMadeBy(certificate.publicKey, content.running(signature.hashName), new Date(now));
    } catch (error) {
      if (!(error instanceof OpenpgpError)) throw error;
      reason = error.message;
      continue;
    }
    list.holds(check, file.name, true, `${file.path} by ${certificate.keyId}`, certificate.restsOn);
    const time = file.signed ?? { at: signature.createdAt, provenBy: null, restsOn: 'the signer’s own word' };
    const verdict = keyAt(certificate, time);
    list.holds('openpgp.key', file.name, verdict.ok, verdict.detail, `${certificate.restsOn}; the time: ${time.restsOn}`);
    return;
  }
  list.holds(check, file.name, false, reason, certificates.map(({ restsOn }) => restsOn).join('; '));
}
