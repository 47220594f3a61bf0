/** The keyring cannot be used as it is. Names files and fields, never what a key file holds. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}
