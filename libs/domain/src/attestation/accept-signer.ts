import { Refusal } from '../errors.js';

/** Who signed, by a certificate that a trusted authority issued. Null: the certificate does not say. */
export interface CertifiedSigner {
  /** URI or e-mail address (subject alternative name). */
  readonly identity: string | null;
  /** URL of whoever vouched for the identity to the authority. */
  readonly issuer: string | null;
  /** Numbers by which CI knows the source repository and its owner; names may change hands, numbers do not (Fulcio extensions .15 and .17). */
  readonly sourceRepositoryId: string | null;
  readonly sourceOwnerId: string | null;
}

/** A signer whose attestations a repository takes. */
export interface AcceptedSigner {
  /** How the policy calls it. */
  readonly name: string;
  readonly issuer: string;
  /** The whole identity, or its beginning followed by `*`. */
  readonly identity: string;
  /** Null: any. */
  readonly sourceRepositoryId: string | null;
  readonly sourceOwnerId: string | null;
}

const longestShown = 300;
const mostShown = 5;

/**
 * Refuses (`attestation_signer_refused`) an attestation of anybody but the accepted signers. With none named, whoever the trusted root knows will do.
 *
 * @param signer Null: nobody checked the signature, or a bare key made it.
 */
export function assertSignerAccepted(repository: string, signer: CertifiedSigner | null, accepted: readonly AcceptedSigner[]): void {
  if (accepted.length === 0 || (signer !== null && accepted.some((one) => isThe(one, signer)))) return;
  const expected = accepted.slice(0, mostShown).map(textOfAccepted);
  if (accepted.length > mostShown) expected.push(`and ${accepted.length - mostShown} more`);
  throw new Refusal(
    'attestation_signer_refused',
    `The attestation is signed by ${signer === null ? 'nobody with a certificate' : textOfSigner(signer)}. ${repository} takes attestations of ${expected.join('; ')}.`,
  );
}

function isThe(accepted: AcceptedSigner, signer: CertifiedSigner): boolean {
  return (
    signer.issuer === accepted.issuer &&
    isIdentity(accepted.identity, signer.identity ?? '') &&
    (accepted.sourceRepositoryId === null || accepted.sourceRepositoryId === signer.sourceRepositoryId) &&
    (accepted.sourceOwnerId === null || accepted.sourceOwnerId === signer.sourceOwnerId)
  );
}

function isIdentity(wanted: string, identity: string): boolean {
  if (!wanted.endsWith('*')) return identity === wanted;
  const beginning = wanted.slice(0, -1);
  return identity.startsWith(beginning) && identity.length > beginning.length;
}

function textOfSigner({ identity, issuer, sourceRepositoryId, sourceOwnerId }: CertifiedSigner): string {
  const [who, by] = [identity ?? 'an unnamed identity', issuer ?? 'an unnamed issuer'].map((text) => text.slice(0, longestShown));
  return `${who ?? ''} (issuer ${by ?? ''}${ids(sourceRepositoryId, sourceOwnerId)})`;
}

function textOfAccepted({ name, identity, issuer, sourceRepositoryId, sourceOwnerId }: AcceptedSigner): string {
  return `"${name}": ${identity} (issuer ${issuer}${ids(sourceRepositoryId, sourceOwnerId)})`;
}

function ids(repository: string | null, owner: string | null): string {
  return `${repository === null ? '' : `, repository id ${repository.slice(0, 40)}`}${owner === null ? '' : `, owner id ${owner.slice(0, 40)}`}`;
}
