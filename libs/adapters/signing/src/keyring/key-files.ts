import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeyringError } from './keyring-error.js';

const maxBytes = 256 * 1024;

/** Files of one keyring folder. */
export class KeyFiles {
  constructor(readonly folder: string) {}

  /** Throws {@link KeyringError} for what cannot be read, and for a secret that everybody on the machine may read. */
  read(name: string, secret: boolean): string {
    const path = resolve(this.folder, name);
    try {
      const { mode, size } = statSync(path);
      if (secret && (mode & 0o007) !== 0) throw new KeyringError(`${path} is open to everybody on this machine: chmod o= it`);
      if (size > maxBytes) throw new KeyringError(`${path} is larger than ${String(maxBytes)} bytes: no key`);
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof KeyringError) throw error;
      throw new KeyringError(`${path} cannot be read`);
    }
  }
}
