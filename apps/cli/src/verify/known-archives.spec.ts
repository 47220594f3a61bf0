import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { MunimentClient } from '@muniment/client';
import { sshFingerprint } from '@muniment/formats';
import { CheckList } from '@muniment/verification';
import { Scratch } from '../spec-support/scratch.js';
import { archiveTrust, rememberArchive } from './archive-trust.js';
import { archiveWord } from './archive-word.js';
import { KnownArchives } from './known-archives.js';
import { broughtNothing } from './trust-options.js';

const url = 'https://archive.example/sub/';
let scratch: Scratch;
beforeEach(async () => {
  scratch = await Scratch.make();
});
afterEach(() => scratch.remove());

const at = (address = url): KnownArchives | null => KnownArchives.at(address, { env: { XDG_CONFIG_HOME: scratch.path('config') } });

it('remembers nothing of archives on this machine, and nothing without a directory for it', () => {
  expect(at('http://127.0.0.1:7180')).toBeNull();
  expect(at('http://localhost:7180')).toBeNull();
  expect(KnownArchives.at(url, { env: {} })).toBeNull();
  expect(KnownArchives.at(url, { env: { HOME: '/home/someone' } })?.path).toBe('/home/someone/.config/muniment/known-archives.json');
});

it('gives back what was remembered, for each archive its own', async () => {
  const known = { keys: { 'SHA256:a': '2026-11-21T00:00:00.000Z' }, checkpoint: 'note', checkpoint_seen_at: '2026-11-21T00:00:00.000Z' };
  expect(await at()?.recall()).toBeNull();
  await at()?.remember(known);
  await at('https://other.example')?.remember({ ...known, checkpoint: null });
  expect(await at('https://archive.example/sub')?.recall()).toEqual(known);
  expect((await at('https://other.example')?.recall())?.checkpoint).toBeNull();
});

it('does not start anew in silence when the file is damaged', async () => {
  await at()?.remember({ keys: {}, checkpoint: null, checkpoint_seen_at: null });
  await writeFile(scratch.path('config/muniment/known-archives.json'), '{');
  await expect(at()?.recall()).rejects.toThrow('Repair it or remove it');
});

it('tells a key it knows from one it sees for the first time', async () => {
  const key = () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const facts = { name: 'a', purpose: 'attestation', algorithm: 'ecdsa-p256-sha256', not_before: null, not_after: null } as const;
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return { ...facts, key_id: sshFingerprint(publicKey) ?? '', announced_at: '2026-11-21T00:00:00.000Z', compromised_at: null, pem };
  };
  const [first, second] = [key(), key()];
  let told = [first];
  const client = { evidence: { keys: () => Promise.resolve(told) } } as unknown as MunimentClient;
  const trusting = async () => archiveTrust(client, url, broughtNothing, at(), new CheckList());
  const known = at();
  if (known === null) throw new Error('not remembered');
  const before = await trusting();
  expect(before.trust.find('attestation', first.key_id)?.restsOn).toBe(`${archiveWord(url)}, on first use`);
  await rememberArchive(known, before, null, '2026-11-21T10:00:00.000Z');
  told = [first, second];
  const { trust } = await trusting();
  expect(trust.find('attestation', first.key_id)?.restsOn).toBe('a key this machine knows since 2026-11-21');
  expect(trust.find('attestation', second.key_id)?.restsOn).toBe(`${archiveWord(url)}; the key is new since the last time`);
});

it('says how an answer came', () => {
  expect([archiveWord(url), archiveWord('http://archive.example'), archiveWord('http://127.0.0.1:1')]).toEqual([
    'the word of the archive archive.example over TLS',
    'the word of the archive archive.example, without TLS',
    'the word of the archive on this machine',
  ]);
});
