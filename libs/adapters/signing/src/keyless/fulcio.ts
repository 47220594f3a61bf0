import { generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { X509Certificate } from '@sigstore/core';
import { z } from 'zod';
import { sshFingerprint } from '@muniment/formats';
import { postJson } from '../http/post-json.js';
import type { IdentityToken } from './identity-token.js';

const patienceMs = 20_000;
const issuerExtension = '1.3.6.1.4.1.57264.1.8';
const chain = z.object({ chain: z.object({ certificates: z.array(z.string().max(32_768)).min(1).max(10) }) });
const answer = z.object({ signedCertificateEmbeddedSct: chain.optional(), signedCertificateDetachedSct: chain.optional() });

/** A key that was just made, and the certificate that gives it to an identity. It is never written anywhere. */
export interface CertifiedKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
  /** Milliseconds since 1970 by the clock of the authority. */
  readonly notAfterMs: number;
}

/** Who the certificate must name. */
export interface ExpectedIdentity {
  readonly identity: string;
  readonly issuer: string;
}

/** A Fulcio certificate authority (`POST /api/v2/signingCert`). */
export class Fulcio {
  constructor(private readonly url: string) {}

  /** Has a fresh P-256 key certified. Throws when the authority refuses or is away, and for a certificate of another key or identity. */
  async certify({ token, subject }: IdentityToken, expected: ExpectedIdentity): Promise<CertifiedKey> {
    const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const content = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const proofOfPossession = sign('sha256', Buffer.from(subject), privateKey).toString('base64');
    const request = {
      credentials: { oidcIdentityToken: token },
      publicKeyRequest: { publicKey: { algorithm: 'ECDSA', content }, proofOfPossession },
    };
    const certificate = leafOf(await postJson(`${this.url}/api/v2/signingCert`, request, patienceMs));
    if (!certificate.publicKey.equals(publicKey.export({ type: 'spki', format: 'der' })))
      throw new Error('the certificate authority certified another key');
    assertIdentity(certificate, expected);
    return {
      privateKey,
      keyId: sshFingerprint(publicKey) ?? '',
      certificate: certificate.root.toDER(),
      notAfterMs: certificate.notAfter.getTime(),
    };
  }
}

function leafOf(body: unknown): X509Certificate {
  const parsed = answer.safeParse(body);
  const [pem] = (parsed.data?.signedCertificateEmbeddedSct ?? parsed.data?.signedCertificateDetachedSct)?.chain.certificates ?? [];
  try {
    return X509Certificate.parse(pem ?? '');
  } catch {
    throw new Error('the certificate authority answered without a certificate');
  }
}

/** Whoever verifies compares with what the operator published: a signature in any other name would be worth nothing, or worse. */
function assertIdentity(certificate: X509Certificate, { identity, issuer }: ExpectedIdentity): void {
  const named = certificate.subjectAltName ?? 'nobody';
  if (named !== identity) throw new Error(`the certificate is for ${named.slice(0, 300)} instead of ${identity}`);
  const by = certificate.extension(issuerExtension)?.valueObj.subs[0]?.value.toString('utf8') ?? 'nobody';
  if (by !== issuer) throw new Error(`the certificate names ${by.slice(0, 300)} as issuer of the identity instead of ${issuer}`);
}
