import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import type { Instant } from '@muniment/domain';
import { keyringName } from './open-keyring.js';

/** Two years; its end is watched (`muniment_signing_key_expires_seconds`). */
const releaseKeySeconds = 2 * 365 * 86_400;

/**
 * Makes a folder of fresh keys when it has no keyring yet: P-256 for attestations, Ed25519 for the log, OpenPGP for files. The keyring is put in its
 * place last and in one step, so a kill leaves either none or a whole one, and of two that start at once one wins. Answers whether it made them.
 */
export async function makeKeyring(folder: string, now: Instant): Promise<boolean> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  if (existsSync(join(folder, keyringName))) return false;
  // Every attempt has names of its own: files of an attempt that was killed are never taken for keys.
  const mark = randomBytes(4).toString('hex');
  const names = { attestation: `attestation-${mark}.pem`, log: `log-${mark}.pem`, release: `release-${mark}.asc` };
  write(folder, names.attestation, pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
  write(folder, names.log, pemOf(generateKeyPairSync('ed25519').privateKey));
  const release = await generateKey({
    type: 'ecc',
    userIDs: { name: 'Muniment archive', email: `archive-${mark}@muniment.invalid` },
    keyExpirationTime: releaseKeySeconds,
    date: new Date(now),
    format: 'armored',
  });
  write(folder, names.release, release.privateKey);
  write(folder, `release-${mark}.revocation.asc`, release.revocationCertificate);
  const draft = `${keyringName}.${mark}`;
  write(folder, draft, keyringText(names, mark, now));
  return putInPlace(folder, draft);
}

function putInPlace(folder: string, draft: string): boolean {
  try {
    linkSync(join(folder, draft), join(folder, keyringName));
    return true;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(join(folder, draft), { force: true });
  }
}

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o600, flag: 'wx', flush: true });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function keyringText(names: Readonly<Record<'attestation' | 'log' | 'release', string>>, mark: string, now: Instant): string {
  const table = (name: string, purpose: string, file: string): string =>
    `[[key]]\nname = "${name}"\npurpose = "${purpose}"\nfile = "${file}"\nnot_before = ${now}\n`;
  return [
    '# The keys of this archive. How to add, rotate and withdraw keys: OPERATOR.md, "Keys".',
    table(`archive-${mark}`, 'attestation', names.attestation),
    '# The name of a log key is the origin of the log: keep it when you rotate the key.',
    table(`muniment-${mark}/log`, 'log', names.log),
    table(`release-${mark}`, 'release', names.release),
  ].join('\n');
}
