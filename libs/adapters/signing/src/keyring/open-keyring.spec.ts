import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { instantOf, type Instant } from '@muniment/domain';
import { verifierKey, signNote, openNote } from '@muniment/formats';
import { KeyringError } from './keyring-error.js';
import { makeKeyring } from './make-keyring.js';
import { noteSigners } from './note-signers.js';
import { openKeyring } from './open-keyring.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muniment-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (text: string): Instant => instantOf(new Date(text));
const now = instantOf(new Date());
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });

function pem(name: string, curve: 'P-256' | 'P-384' | 'ed25519' = 'P-256'): void {
  const pair = curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: curve });
  write(name, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

const entry = (name: string, more = ''): string => `[[key]]\nname = "${name}"\npurpose = "attestation"\nfile = "${name}.pem"\n${more}\n`;

const keyless = (name: string, more = ''): string =>
  `[[key]]\nname = "${name}"\npurpose = "attestation"\ndriver = "keyless"\nfulcio_url = "https://fulcio.example.org"\n` +
  `identity_token_file = "token"\nidentity = "ci@example.org"\nissuer = "https://example.org"\n${more}\n`;

describe('a keyring that was just made', () => {
  it('signs for every purpose, and is open to its owner only', async () => {
    expect(await makeKeyring(folder, now)).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
    const keyring = await openKeyring(folder);
    expect(keyring.keys.map(({ purpose, algorithm }) => [purpose, algorithm])).toEqual([
      ['attestation', 'ecdsa-p256-sha256'],
      ['log', 'ed25519'],
      ['release', 'openpgp'],
    ]);
    const signer = keyring.attestation(now);
    const { signature, keyId, certification } = await signer.sign(Buffer.from('bytes'));
    const key = keyring.keys.find((one) => one.keyId === keyId);
    expect(verify('sha256', Buffer.from('bytes'), createPublicKey(key?.publicKey ?? ''), signature)).toBe(true);
    expect(certification).toBeNull();
    const [noteSigner] = noteSigners(keyring, now);
    if (noteSigner === undefined) throw new Error('no log key');
    expect(openNote(await signNote('origin\n', [noteSigner]), [noteSigner]).signedBy).toEqual([noteSigner.name]);
    expect(verifierKey(noteSigner)).toMatch(/^muniment-[0-9a-f]{8}\/log\+/);
  });

  it('is made once, whoever comes first, and left alone', async () => {
    const made = await Promise.all([makeKeyring(folder, now), makeKeyring(folder, now)]);
    expect(made.filter(Boolean)).toHaveLength(1);
    const before = readFileSync(join(folder, 'keyring.toml'), 'utf8');
    expect(await makeKeyring(folder, now)).toBe(false);
    expect(readFileSync(join(folder, 'keyring.toml'), 'utf8')).toBe(before);
    await openKeyring(folder);
  });

  it('names its keys as ssh-keygen does', async () => {
    await makeKeyring(folder, now);
    const key = (await openKeyring(folder)).keys.find(({ purpose }) => purpose === 'attestation');
    if (key === undefined) throw new Error('no key');
    const file = join(folder, 'public.pem');
    writeFileSync(file, key.publicKey);
    const ssh = execFileSync('ssh-keygen', ['-i', '-m', 'PKCS8', '-f', file], { encoding: 'utf8' });
    writeFileSync(join(folder, 'public.ssh'), ssh);
    expect(execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'public.ssh')], { encoding: 'utf8' })).toContain(key.keyId);
  });
});

describe('several keys of one purpose', () => {
  it('take turns by their validity; none is used outside of it, or once it is compromised', async () => {
    for (const name of ['old', 'new', 'lost']) pem(`${name}.pem`);
    write(
      'keyring.toml',
      entry('old', 'not_after = 2027-01-01T00:00:00Z') +
        entry('new', 'not_before = 2026-12-01T00:00:00Z\nnot_after = 2028-01-01T00:00:00Z') +
        entry('lost', 'not_before = 2026-12-15T00:00:00Z\ncompromised_at = 2026-12-20T00:00:00Z'),
    );
    const keyring = await openKeyring(folder);
    const signsAt = (time: string): string => keyring.attestation(at(time)).name;
    expect(signsAt('2026-06-01T00:00:00Z')).toBe('old');
    expect(signsAt('2026-12-01T00:00:00Z')).toBe('new');
    expect(signsAt('2026-12-16T00:00:00Z')).toBe('new');
    expect(signsAt('2027-06-01T00:00:00Z')).toBe('new');
    expect(() => signsAt('2028-01-01T00:00:00Z')).toThrow('no key for attestations is valid now');
    expect(keyring.keys.map(({ name }) => name)).toEqual(['old', 'new', 'lost']);
  });

  it('take turns with identities, which are no keys and ask nobody before they sign', async () => {
    pem('old.pem');
    write('keyring.toml', entry('old', 'not_after = 2028-01-01T00:00:00Z') + keyless('identity', 'not_before = 2027-01-01T00:00:00Z'));
    const keyring = await openKeyring(folder);
    expect(['2026-06-01T00:00:00Z', '2027-01-01T00:00:00Z'].map((time) => keyring.attestation(at(time)).name)).toEqual(['old', 'identity']);
    expect(keyring.keys.map(({ name }) => name)).toEqual(['old']);
    expect(keyring.identities.map(({ identity, issuer }) => [identity, issuer])).toEqual([['ci@example.org', 'https://example.org']]);
  });
});

describe('a keyring that cannot be used', () => {
  const problem = async (): Promise<string> => {
    const error: unknown = await openKeyring(folder).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof KeyringError)) throw new Error('it was used');
    return error.message;
  };

  it('says what is wrong, and nothing of what key files hold', async () => {
    expect(await problem()).toContain('keyring.toml cannot be read');
    write('keyring.toml', 'key = ');
    expect(await problem()).toMatch(/^line 1: /);
    write('keyring.toml', entry('archive', 'colour = "blue"'));
    expect(await problem()).toContain('colour');
    write('keyring.toml', entry('archive'));
    expect(await problem()).toContain('archive.pem cannot be read');
    write('archive.pem', 'a secret that is no key');
    expect(await problem()).toContain('archive: archive.pem is no private key');
    expect(await problem()).not.toContain('secret that');
    pem('archive.pem', 'P-384');
    expect(await problem()).toContain('must be P-256');
    pem('archive.pem');
    chmodSync(join(folder, 'archive.pem'), 0o604);
    expect(await problem()).toContain('open to everybody');
    chmodSync(join(folder, 'archive.pem'), 0o600);
    write('keyring.toml', entry('archive') + entry('archive'));
    expect(await problem()).toContain('two keys of that name');
    write('keyring.toml', entry('archive', 'driver = "remote"'));
    expect(await problem()).toContain('lacks url or public_key_file');
    write('keyring.toml', entry('archive', 'driver = "keyless"\ncompromised_at = 2026-01-01T00:00:00Z'));
    expect(await problem()).toContain('lacks fulcio_url, identity_token_file, identity, issuer');
    expect(await problem()).toContain('withdrawn at its issuer');
    write('keyring.toml', keyless('archive').replace('attestation', 'log'));
    expect(await problem()).toContain('only attestations can be signed keyless');
    write('keyring.toml', entry('archive', 'not_before = 2027-01-01T00:00:00Z\nnot_after = 2026-01-01T00:00:00Z'));
    expect(await problem()).toContain('not_after is not after not_before');
  });
});
