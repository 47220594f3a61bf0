import { z } from 'zod';
import { postJson } from '../http/post-json.js';

const patienceMs = 10_000;
const answer = z.object({ data: z.object({ signature: z.string().max(4_096) }) });
const signatureText = /^(?:vault:v(\d{1,9}):)?([A-Za-z0-9+/]+={0,2})$/;
/** Printable ASCII: a header takes nothing else, and the error of the library would quote the token. */
const tokenText = /^[\x21-\x7e]+$/;

/** Words in the answers of OpenBao and Vault when they refuse, and what that means; checked with the real program in `test/signing`. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/permission denied|missing client token/, 'the token is unknown, has ended, or may not sign at this URL'],
  [/is sealed/, 'the server is sealed'],
  [/signing key not found/, 'there is no key of that name'],
  [/higher than the latest key version/, 'the key has no such version'],
  [/less than the minimum encryption key version/, 'that version of the key no longer signs'],
  [/does not support signing/, 'a key of that type does not sign'],
  [/no handler for route/, 'there is no transit engine at that path'],
];

/** A request to sign, in the words of the interface. `input` is base64. */
export interface TransitRequest {
  readonly input: string;
  readonly key_version?: number;
  readonly prehashed?: boolean;
  readonly hash_algorithm?: 'sha2-256';
  readonly marshaling_algorithm?: 'asn1';
}

export interface TransitSignature {
  readonly signature: Buffer;
  /** Version of the key that made it; null when the server did not say. */
  readonly version: number | null;
}

/**
 * Has a transit engine sign (`POST …/transit/sign/<key>` of OpenBao and HashiCorp Vault). Throws when it refuses, saying why as far as it is known, when
 * it is away, and for an answer without a signature; neither token nor answer is in the error.
 */
export async function askTransit(url: string, token: string | null, request: TransitRequest): Promise<TransitSignature> {
  if (token !== null && !tokenText.test(token)) throw new Error('token_file holds no token: one line of printable characters');
  const headers: Record<string, string> = token === null ? {} : { 'x-vault-token': token };
  const parsed = answer.safeParse(await postJson(url, request, patienceMs, { headers, reasonOf }));
  const [, version, signature] = signatureText.exec(parsed.data?.data.signature ?? '') ?? [];
  if (signature === undefined) throw new Error(`${new URL(url).host} answered without a signature`);
  return { signature: Buffer.from(signature, 'base64'), version: version === undefined ? null : Number(version) };
}

function reasonOf(answered: string): string | null {
  return refusals.find(([words]) => words.test(answered))?.[1] ?? null;
}
