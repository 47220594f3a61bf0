import { keyAt, type SigningTime } from '../keys/key-at.js';
import type { KnownKey, TrustedKey } from '../keys/known-key.js';
import type { Trust } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
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

interface JudgedSignature {
  readonly file: SignatureFile;
  /** `withdrawn`: nothing speaks against it but that its key is compromised. */
  readonly verdict: 'holds' | 'withdrawn' | 'fails';
  readonly list: CheckList;
}

/**
 * Records `openpgp.signature` and `openpgp.key` for the signatures of one file whose content was read. One by a compromised key is no failure once a key
 * that counts has signed the file: `openpgp.replaced`. It counts for nothing either way.
 */
export async function checkSignatures(
  read: readonly ReadSignature[],
  content: SignedContent,
  trust: Trust,
  now: string,
  list: CheckList,
): Promise<void> {
  const judged: JudgedSignature[] = [];
  for (const one of read) {
    const own = new CheckList();
    judged.push({ file: one.file, verdict: await judge(one, content, trust, now, own), list: own });
  }
  const replacement = judged.find(({ verdict }) => verdict === 'holds');
  for (const { file, verdict, list: own } of judged) {
    if (verdict !== 'withdrawn' || replacement === undefined) list.checks.push(...own.checks);
    else {
      const detail = `its key is compromised, so that it counts for nothing; ${replacement.file.name} is by a key that does`;
      list.holds('openpgp.replaced', file.name, true, detail, replacement.list.checks[0]?.rests_on ?? '');
    }
  }
}

async function judge(
  { file, signature }: ReadSignature,
  content: SignedContent,
  trust: Trust,
  now: string,
  list: CheckList,
): Promise<JudgedSignature['verdict']> {
  const madeBy = async (certificate: KnownKey): Promise<string | null> => {
    const { OpenpgpError } = await import('./detached-signature.js');
    try {
      await signature.assertMadeBy(certificate.publicKey, content.running(signature.hashName), new Date(now));
      return null;
    } catch (error) {
      if (error instanceof OpenpgpError) return error.message;
      throw error;
    }
  };
  const certificates = trust.certificates();
  let reason = trust.isPinned('release') ? 'the pinned key is not known here' : 'no release key is known';
  for (const certificate of certificates) {
    const problem = await madeBy(certificate);
    if (problem === null) return judgeKey(file, certificate, signature, list);
    reason = problem;
  }
  list.holds(check, file.name, false, reason, certificates.map(({ restsOn }) => restsOn).join('; ') || 'the keys that are believed');
  for (const certificate of trust.withdrawn('release')) if ((await madeBy(certificate)) === null) return 'withdrawn';
  return 'fails';
}

function judgeKey(
  file: SignatureFile,
  certificate: TrustedKey,
  { createdAt }: DetachedSignature,
  list: CheckList,
): JudgedSignature['verdict'] {
  list.holds(check, file.name, true, `${file.path} by ${certificate.keyId}`, certificate.restsOn);
  const time = file.signed ?? { at: createdAt, provenBy: null, restsOn: 'the signer’s own word' };
  const { ok, withdrawn, detail } = keyAt(certificate, time);
  list.holds('openpgp.key', file.name, ok, detail, `${certificate.restsOn}; the time: ${time.restsOn}`);
  return ok ? 'holds' : withdrawn ? 'withdrawn' : 'fails';
}
