import type { Request } from 'express';
import { parseSha256, Refusal, type Sha256 } from '@muniment/domain';

/**
 * SHA-256 from `Repr-Digest` or `Content-Digest` (RFC 9530; both are the same thing for an upload without content coding). Other algorithms are
 * ignored, as the RFC allows; a malformed SHA-256 is refused (`digest_malformed`), and two that differ (`digest_mismatch`).
 */
export function declaredSha256(request: Request): Sha256 | null {
  const declared = ['repr-digest', 'content-digest'].flatMap((name) => {
    const header = request.headers[name];
    const match = typeof header === 'string' ? /(?:^|,)\s*sha-256=([^,]*)/i.exec(header) : null;
    return match ? [sha256OfField(match[1] ?? '')] : [];
  });
  const [first = null, second = first] = declared;
  if (first === second) return first;
  throw new Refusal('digest_mismatch', 'Repr-Digest and Content-Digest name different SHA-256 digests; one body cannot have both.');
}

function sha256OfField(field: string): Sha256 {
  const base64 = /^:([A-Za-z0-9+/]{43}=):\s*$/.exec(field)?.[1];
  if (base64 === undefined) {
    throw new Refusal('digest_malformed', 'Write the digest as "Repr-Digest: sha-256=:<base64 of 32 bytes>:" (RFC 9530).');
  }
  return parseSha256(Buffer.from(base64, 'base64').toString('hex'));
}
