import type { Sha256 } from '@muniment/domain';

/** No dots and no slashes: an id can neither leave its folder nor collide with the stores' own side names (`.part`, `.tail`). */
const stagedShape = /^staging\/([0-9A-Za-z][0-9A-Za-z_-]{0,127})$/;
const hex64 = /^[0-9a-f]{64}$/;

/** The id inside a staging key. Throws a plain Error for any other shape: keys are made by the archive, so this is a defect, not a refusal. */
export function stagedId(key: string): string {
  const id = stagedShape.exec(key)?.[1];
  if (id === undefined) throw new Error('A staging key has the form staging/<id> with letters, digits, "-" and "_" only.');
  return id;
}

/** Whether a text is a staging key: listings skip strangers' files. */
export function isStagingKey(text: string): boolean {
  return stagedShape.test(text);
}

/** `sha256/ab/cd/<hex>`: the address of a blob, relative to the root or prefix of a store. */
export function blobAddress(sha256: Sha256): string {
  if (!hex64.test(sha256)) throw new Error('A content address needs 64 lower-case hexadecimal digits.');
  return `sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** The digest an address ends with, or null for a name that is no address (a stranger's file). */
export function addressedBlob(address: string): Sha256 | null {
  const hex = address.slice(address.lastIndexOf('/') + 1);
  return hex64.test(hex) ? (hex as Sha256) : null;
}
