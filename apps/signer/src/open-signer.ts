import { AnnounceKeys, AttestPackage, type ArchiveIdentity, type Keyring } from '@muniment/application';
import { openArchive, subjectOfKey, systemIds, type Archive, type ArchiveClock, type ArchiveConfig } from '@muniment/assembly';
import { ConfigError, type Background, type ServiceHost } from '@muniment/platform';
import { KeyringError, makeKeyring, openKeyring, TimestampAuthority } from '@muniment/signing';
import type { SignerConfig } from './config.js';
import { keepLog } from './log/keep-log.js';

/** The archive, the keys that only this process has, and what is done with them. */
export interface Signer {
  readonly archive: Archive;
  readonly host: ServiceHost;
  readonly keyring: Keyring;
  readonly announce: AnnounceKeys;
  readonly attest: AttestPackage;
  /** What keeps the tree of the log. */
  readonly logLoops: readonly Background[];
}

export async function openSigner(config: ArchiveConfig & SignerConfig, host: ServiceHost): Promise<Signer> {
  const archive = await openArchive(config, host);
  const { postgres, store, clock } = archive;
  const { log, states, attestations, locks, signingKeys } = postgres;
  const keyring = await keyringOf(config, clock, host);
  const timestamps = config.MUNIMENT_TSA_URL === undefined ? null : new TimestampAuthority(config.MUNIMENT_TSA_URL);
  const [identity] = keyring.identities;
  if (identity !== undefined && timestamps === null)
    throw new ConfigError([
      `MUNIMENT_TSA_URL: ${identity.name} signs keyless, and only a timestamp shows that its certificate was valid then`,
    ]);
  const ports = { log, states, attestations, store, locks, keyring, timestamps, ids: systemIds, clock };
  return {
    archive,
    host,
    keyring,
    announce: new AnnounceKeys(log, signingKeys, subjectOfKey, clock),
    attest: new AttestPackage(ports, identityOf(config, keyring, host.version)),
    logLoops: keepLog({ archive, keyring }, config, host),
  };
}

function identityOf({ MUNIMENT_ARCHIVE_ID: given }: SignerConfig, keyring: Keyring, version: string): ArchiveIdentity {
  const logOrigin = keyring.keys.find(({ purpose }) => purpose === 'log')?.name ?? null;
  const id = given ?? `urn:muniment:${encodeURIComponent(logOrigin ?? 'archive')}`;
  return { id: id.replace(/\/$/, ''), version, logOrigin };
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
