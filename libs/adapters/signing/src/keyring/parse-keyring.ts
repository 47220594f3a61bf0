import { getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import { z } from 'zod';
import { instantOf } from '@muniment/domain';
import { KeyringError } from './keyring-error.js';

const instant = z
  .union([z.date(), z.iso.datetime({ offset: true })])
  .transform((value) => instantOf(new Date(value)))
  .nullable()
  .default(null);
/** A name in the folder of the keyring, or an absolute path (a Secret mounted elsewhere). */
const file = z.string().min(1).max(4_096);

/** Requests refuse a URL that holds a password, and their error would quote it. */
const url = z.url({ protocol: /^https?$/ }).refine((text) => !/^[^/?#]*\/\/[^/?#]*@/.test(text), 'a password does not belong into a URL');

const entry = z.strictObject({
  name: z.string().regex(/^[^\s+]{1,200}$/, 'a name has no spaces and no plus sign'),
  purpose: z.enum(['attestation', 'log', 'release']),
  driver: z.enum(['file', 'remote', 'keyless']).default('file'),
  /** Private key: PEM (PKCS #8), or armored OpenPGP. */
  file: file.optional(),
  passphrase_file: file.optional(),
  /** Of a remote key: the transit endpoint, such as https://vault:8200/v1/transit/sign/archive. */
  url: url.optional(),
  /** Its public half: PEM, or an Ed25519 key as transit engines print it. */
  public_key_file: file.optional(),
  token_file: file.optional(),
  /** The version that `public_key_file` is of; without it the server signs with its newest. */
  key_version: z.int().min(1).max(1_000_000_000).optional(),
  /** What the remote server is sent: the SHA-256 digest, or the message itself. */
  send: z.enum(['digest', 'message']).default('digest'),
  /** Of a keyless entry: the certificate authority, the transparency log, the OIDC token shown to the authority, and what certificates must name. */
  fulcio_url: url.optional(),
  rekor_url: url.optional(),
  identity_token_file: file.optional(),
  identity: z.string().min(1).max(2_048).optional(),
  issuer: z.url().max(2_048).optional(),
  not_before: instant,
  not_after: instant,
  compromised_at: instant,
});
const keyring = z.strictObject({ key: z.array(entry).min(1).max(64) });

export type KeyringEntry = z.output<typeof entry>;

/** The keys of a `keyring.toml` (OPERATOR.md, Keys). Throws {@link KeyringError} with every problem at once. */
export function parseKeyring(text: string): readonly KeyringEntry[] {
  const parsed = keyring.safeParse(valueOf(text));
  if (!parsed.success) throw new KeyringError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const problems = parsed.data.key.flatMap(conflictsOf);
  // Log keys are named after the log: the next key of a log has the name of the last.
  const names = parsed.data.key.filter(({ purpose }) => purpose !== 'log').map(({ name }) => name);
  for (const name of names) if (names.indexOf(name) !== names.lastIndexOf(name)) problems.push(`${name}: there are two keys of that name`);
  if (problems.length > 0) throw new KeyringError([...new Set(problems)].join('; '));
  return parsed.data.key;
}

function valueOf(text: string): unknown {
  try {
    return getStaticTOMLValue(parseTOML(text, { tomlVersion: '1.0' }));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new KeyringError(`line ${String(error.lineNumber)}: ${error.message}`);
  }
}

function conflictsOf(key: KeyringEntry): string[] {
  const problems: string[] = [];
  if (key.driver === 'file' && key.file === undefined) problems.push('lacks file');
  if (key.driver === 'remote' && (key.url === undefined || key.public_key_file === undefined))
    problems.push('lacks url or public_key_file');
  if (key.driver === 'remote' && key.purpose === 'release') problems.push('a release key is a file');
  if (key.driver === 'keyless') problems.push(...keylessConflictsOf(key));
  if (key.not_before !== null && key.not_after !== null && key.not_after <= key.not_before)
    problems.push('not_after is not after not_before');
  return problems.map((problem) => `${key.name}: ${problem}`);
}

function keylessConflictsOf(key: KeyringEntry): string[] {
  const problems: string[] = [];
  const lacking = (['fulcio_url', 'identity_token_file', 'identity', 'issuer'] as const).filter((field) => key[field] === undefined);
  if (lacking.length > 0) problems.push(`lacks ${lacking.join(', ')}`);
  if (key.purpose !== 'attestation') problems.push('only attestations can be signed keyless');
  if (key.compromised_at !== null) problems.push('an identity is withdrawn at its issuer: remove the entry');
  return problems;
}
