import { SigstoreError, type TrustedRoot } from '@muniment/formats';
import type { IdentityPin } from '../keys/identity-pin.js';
import type { CheckList } from '../report/check.js';

type Signer = ReturnType<TrustedRoot['verify']>;

/**
 * The signature of a bundle with a certificate: by whoever the one who checks expects, under the authorities they gave, at a time that a timestamp proves.
 * Answers what it rests on; `unjudged` when nobody said whom to expect, null when a check failed.
 */
export function checkCertified(
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
  pin: IdentityPin | null,
  list: CheckList,
): { readonly restsOn: string } | 'unjudged' | null {
  if (pin === null) {
    const remedy = 'Give --trusted-root, --identity and --issuer as the operator of the archive told you elsewhere.';
    list.skipped('attestation.signature', name, 'it is signed with a certificate, and nobody said whose to expect', remedy);
    return 'unjudged';
  }
  const { restsOn } = pin;
  const signer = verified(pin.root, bytes);
  if (typeof signer === 'string') {
    list.holds('attestation.signature', name, false, `it does not verify against the trusted root: ${signer}`, restsOn);
    return null;
  }
  list.holds('attestation.signature', name, true, 'by a certified key, while its certificate was valid', restsOn);
  const ok = signer.identity === pin.identity && signer.issuer === pin.issuer;
  const seen = `${signer.identity ?? 'an unnamed identity'} (issuer ${signer.issuer ?? 'unnamed'})`;
  const detail = ok ? seen : `it is signed by ${seen} instead of ${pin.identity} (issuer ${pin.issuer})`;
  return list.holds('attestation.identity', name, ok, detail, restsOn) ? { restsOn } : null;
}

function verified(root: TrustedRoot, bytes: Uint8Array): Signer | string {
  try {
    return root.verify(bytes);
  } catch (error) {
    if (error instanceof SigstoreError) return error.message;
    throw error;
  }
}
