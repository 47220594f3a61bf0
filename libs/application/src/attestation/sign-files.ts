import { signatureKey, type AttestationState, type Instant, type SignatureMade } from '@muniment/domain';
import type { BlobReader } from '../ports/blob-store.js';
import type { DetachedSigner } from '../ports/signing.js';
import type { PackageStates } from '../ports/views.js';
import { newEvidence, SigningFailed, type NewEvidence } from './sign-statement.js';

const mediaType = 'application/pgp-signature';

export interface SignedFile {
  readonly fact: SignatureMade;
  readonly evidence: NewEvidence;
}

/**
 * Detached signatures of those files of the package that this key has not signed yet, one after the other: each file is read once, whole. Files that were
 * collected meanwhile are left out.
 */
export async function* signFiles(
  state: AttestationState,
  paths: ReadonlySet<string> | 'all',
  { states, store, signer }: { readonly states: PackageStates; readonly store: BlobReader; readonly signer: DetachedSigner },
  now: Instant,
): AsyncIterable<SignedFile> {
  const { keyId } = signer.key;
  for (const { path, sha256, phase } of await states.files(state.packageId)) {
    if (phase !== 'ingested' || (paths !== 'all' && !paths.has(path)) || state.signatures.has(signatureKey(path, keyId))) continue;
    const opened = await store.openBlob(sha256);
    if (opened === null) throw new Error(`blob ${sha256} is referenced but the store does not have it`);
    const armored = await sign(signer, opened.stream as AsyncIterable<Uint8Array>, now);
    // A second key signs beside the first: its name says which.
    const evidence = newEvidence(`${path}.${keyId.slice(-16)}.asc`, mediaType, Buffer.from(armored));
    const payload = { path, file_sha256: sha256, key_fingerprint: keyId, signed_at: now, evidence: evidence.item };
    yield { fact: { type: 'v1.signature.made', payload }, evidence };
  }
}

async function sign(signer: DetachedSigner, source: AsyncIterable<Uint8Array>, now: Instant): Promise<string> {
  try {
    return await signer.signDetached(source, now);
  } catch (error) {
    throw new SigningFailed(`the key ${signer.key.name} did not sign`, { cause: error });
  }
}
