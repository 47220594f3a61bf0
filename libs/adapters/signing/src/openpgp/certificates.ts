import { armor, enums, readKey } from 'openpgp';

/** Several armored certificates as one armored block, as `gpg --import` and `sqv --keyring` take it. */
export async function armoredKeyring(certificates: readonly string[]): Promise<string> {
  const binary = await Promise.all(certificates.map(binaryCertificate));
  return armor(enums.armor.publicKey, Buffer.concat(binary));
}

/** The certificate without its armor. */
export async function binaryCertificate(armoredKey: string): Promise<Uint8Array> {
  return (await readKey({ armoredKey })).toPublic().write();
}

/** The part before the @ of the certificate's first address; null without one. */
export async function wkdLocalPart(armoredKey: string): Promise<string | null> {
  const { users } = await readKey({ armoredKey });
  const address = users.map(({ userID }) => userID?.email ?? '').find((email) => email.includes('@'));
  return address?.slice(0, address.lastIndexOf('@')) ?? null;
}
