import { sign, type KeyObject } from 'node:crypto';
import type { SigningIdentity, StatementSigner } from '@muniment/application';
import type { KeyFiles } from '../keyring/key-files.js';
import type { KeyringEntry } from '../keyring/parse-keyring.js';
import { CertifiedKeys } from './certified-keys.js';
import { Fulcio } from './fulcio.js';
import { readIdentityToken } from './identity-token.js';
import { Rekor } from './rekor.js';

/** Signs as an identity: with fresh keys that a Fulcio authority certifies for minutes, and an entry in a Rekor log where one is configured. */
export interface KeylessSigner extends StatementSigner {
  readonly identity: SigningIdentity;
}

/** Contacts the configured endpoints alone. */
export function keylessSigner(entry: KeyringEntry, files: KeyFiles): KeylessSigner {
  const { name, identity = '', issuer = '', not_before: notBefore, not_after: notAfter, identity_token_file: tokenFile = '' } = entry;
  const fulcio = new Fulcio(withoutSlash(entry.fulcio_url ?? ''));
  const rekor = entry.rekor_url === undefined ? null : new Rekor(withoutSlash(entry.rekor_url));
  const keys = new CertifiedKeys(() => fulcio.certify(readIdentityToken(tokenFile, files), { identity, issuer }));
  return {
    name,
    identity: { name, identity, issuer, notBefore, notAfter },
    sign: async (bytes) => {
      const { privateKey, keyId, certificate } = await keys.current();
      const signature = await signed(bytes, privateKey);
      const logEntries = rekor === null ? [] : [await rekor.enter({ bytes, signature, certificate })];
      return { signature, keyId, certification: { certificate, logEntries } };
    },
  };
}

function signed(bytes: Uint8Array, key: KeyObject): Promise<Uint8Array> {
  return new Promise((done, failed) => sign('sha256', bytes, key, (error, made) => (error ? failed(error) : done(made))));
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
