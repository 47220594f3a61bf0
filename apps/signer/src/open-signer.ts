import type { Keyring } from '@muniment/application';
import { openArchive, type Archive, type ArchiveConfig, type ArchiveClock } from '@muniment/assembly';
import { ConfigError, type Background, type ServiceHost } from '@muniment/platform';
import { KeyringError, makeKeyring, openKeyring } from '@muniment/signing';
import type { SignerConfig } from './config.js';
import { keepLog } from './log/keep-log.js';

/** The archive, and the keys that only this process has. */
export interface Signer {
  readonly archive: Archive;
  readonly keyring: Keyring;
  /** What keeps the tree of the log. */
  readonly logLoops: readonly Background[];
}

export async function openSigner(config: ArchiveConfig & SignerConfig, host: ServiceHost): Promise<Signer> {
  const archive = await openArchive(config, host);
  const keyring = await keyringOf(config, archive.clock, host);
  return { archive, keyring, logLoops: keepLog({ archive, keyring }, config, host) };
}

async function keyringOf(config: SignerConfig, clock: ArchiveClock, host: ServiceHost): Promise<Keyring> {
  const { MUNIMENT_SIGNER_KEYS: folder, MUNIMENT_SIGNER_MAKE_KEYS: make } = config;
  if (make && (await makeKeyring(folder, clock.now()))) host.logger.info({ folder }, 'made fresh keys');
  try {
    return await openKeyring(folder);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    throw new ConfigError([`MUNIMENT_SIGNER_KEYS: ${error.message}`]);
  }
}
