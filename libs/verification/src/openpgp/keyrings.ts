import { armor, enums, readKey } from 'openpgp';

/** Certificates as one keyring, in the two forms that other programs take: binary for gpgv, armored for gpg and sqv. */
export async function keyringsOf(certificates: readonly string[]): Promise<{ readonly binary: Uint8Array; readonly armored: Uint8Array }> {
  const keys = await Promise.all(certificates.map((armoredKey) => readKey({ armoredKey })));
  const binary = Buffer.concat(keys.map((key) => key.toPublic().write()));
  return { binary, armored: Buffer.from(armor(enums.armor.publicKey, binary)) };
}
