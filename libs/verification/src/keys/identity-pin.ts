import { openTrustedRoot, SigstoreError, type TrustedRoot } from '@muniment/formats';
import { PinError } from './pin-error.js';

/** Who must have signed attestations that carry a certificate, and the authorities that are believed about it. */
export interface IdentityPin {
  /** URI or e-mail address, exactly as the certificate names it. */
  readonly identity: string;
  /** URL of whoever vouches for the identity. */
  readonly issuer: string;
  readonly root: TrustedRoot;
  readonly restsOn: string;
}

/** Throws {@link PinError} when the text is no trusted root. */
export async function pinnedIdentity(
  trustedRoot: string,
  { identity, issuer }: Pick<IdentityPin, 'identity' | 'issuer'>,
): Promise<IdentityPin> {
  try {
    const root = await openTrustedRoot(trustedRoot);
    return { identity, issuer, root, restsOn: 'the trusted root and identity you gave' };
  } catch (error) {
    if (!(error instanceof SigstoreError)) throw error;
    throw new PinError(`The trusted root is not one (trusted_root.json of Sigstore): ${error.message}.`);
  }
}
