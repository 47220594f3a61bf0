import { z } from 'zod';
import type { KeyFiles } from '../keyring/key-files.js';

const claims = z.object({ sub: z.string().min(1).optional(), email: z.string().min(1).optional(), email_verified: z.boolean().optional() });

/** A token of an identity provider (OIDC), and the claim in it that a certificate authority identifies its bearer by. */
export interface IdentityToken {
  readonly token: string;
  readonly subject: string;
}

/**
 * Reads a token file now: such tokens last for minutes and are renewed beside us. The claims are not verified, as only the authority decides by them. Throws
 * for what is no token, without quoting it.
 */
export function readIdentityToken(name: string, files: KeyFiles): IdentityToken {
  const token = files.read(name, true).trim();
  const parsed = claims.safeParse(payloadOf(token));
  // Which claim Fulcio is shown: the address where the provider vouches for one, else the subject.
  const subject = parsed.data?.email !== undefined && parsed.data.email_verified === true ? parsed.data.email : parsed.data?.sub;
  if (subject === undefined) throw new Error(`${name} holds no identity token with a subject`);
  return { token, subject };
}

function payloadOf(token: string): unknown {
  const [, payload, ...rest] = token.split('.');
  try {
    return payload === undefined || rest.length !== 1 ? null : JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
