import { beforeAll, expect, it } from '@jest/globals';
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { honestKeys, pinnedCertificate } from '../keys/honest-keys.js';
import { knownKey } from '../keys/key-answer.js';
import type { KnownKey } from '../keys/known-key.js';
import { Trust, type Pins } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
import { content, now, signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import { checkSignatures, readSignatures } from './check-signature.js';
import { SignedContent } from './signed-content.js';

let world: SignedWorld;
beforeAll(async () => {
  world = await signedWorld();
});
const nothing: Pins = { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] };

async function outcome(signature: string, bytes: Uint8Array, pins: Pins, keys?: readonly KnownKey[]): Promise<string> {
  const list = new CheckList();
  const trust = new Trust(pins, keys ?? world.keys.map(knownKey), () => 'word');
  for (const one of await readSignatures([{ name: 'tool.bin.asc', path: 'tool.bin', bytes: Buffer.from(signature), signed: null }], list)) {
    const read = new SignedContent([one]);
    read.update(bytes.subarray(0, 1_000));
    read.update(bytes.subarray(1_000));
    await checkSignatures([one], read, trust, now, list);
  }
  return list.checks.map(({ check, result }) => `${check} ${result}`).join(', ');
}
const right = 'openpgp.signature ok, openpgp.key ok';
const wrong = 'openpgp.signature failed';

it('accepts what the release key signed, pinned by certificate, by fingerprint or not at all', async () => {
  expect(await outcome(world.signature, content, nothing)).toBe(right);
  const spaced = world.fingerprint.toLowerCase().replace(/(.{4})/g, '$1 ');
  expect(await outcome(world.signature, content, { ...nothing, fingerprints: [spaced] })).toBe(right);
  expect(await outcome(world.signature, content, { ...nothing, certificates: [await pinnedCertificate(world.certificate)] }, [])).toBe(
    right,
  );
});

it('refuses other bytes, another signature and no signature at all', async () => {
  const bytes = Buffer.from(content);
  bytes[70_000] = (bytes[70_000] ?? 0) ^ 1;
  expect(await outcome(world.signature, bytes, nothing)).toBe(wrong);
  expect(await outcome(world.signature, content.subarray(1), nothing)).toBe(wrong);
  const lines = world.signature.split('\n');
  const at = lines.findIndex((line) => line.length > 60) + 1;
  lines[at] = (lines[at] ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  expect(await outcome(lines.join('\n'), content, nothing)).toBe(wrong);
  expect(await outcome('not armored', content, nothing)).toBe(wrong);
});

it('refuses keys that are not pinned, or that had expired when they signed', async () => {
  expect(await outcome(world.signature, content, { ...nothing, fingerprints: ['AB'.repeat(20)] })).toBe(wrong);
  const short = await generateKey({
    type: 'ecc',
    userIDs: { name: 'x' },
    date: new Date('2026-01-01'),
    keyExpirationTime: 86_400,
    format: 'armored',
  });
  const signingKeys = await readPrivateKey({ armoredKey: short.privateKey });
  const message = await createMessage({ binary: new Uint8Array(content) });
  const inTime: unknown = await sign({ message, signingKeys, detached: true, date: new Date('2026-01-01T12:00:00Z') });
  const certificates = [await pinnedCertificate(short.publicKey)];
  expect(await outcome(String(inTime), content, { ...nothing, certificates })).toBe(right);
  const [key] = certificates;
  if (key === undefined) throw new Error('no key');
  const expired = [{ ...key, notAfter: '2026-01-01T06:00:00.000Z' }];
  expect(await outcome(String(inTime), content, nothing, expired)).toBe('openpgp.signature ok, openpgp.key failed');
  const compromised = [{ ...key, compromisedAt: '2026-02-01T00:00:00.000Z' }];
  expect(await outcome(String(inTime), content, nothing, compromised)).toBe('openpgp.signature ok, openpgp.key failed');
});

it('sets aside what a compromised key signed where another key signed the same file, and only there', async () => {
  const next = await generateKey({ type: 'ecc', userIDs: { name: 'next' }, date: new Date('2026-01-01'), format: 'armored' });
  const signingKeys = await readPrivateKey({ armoredKey: next.privateKey });
  const again = async (bytes: Uint8Array): Promise<string> =>
    String(
      await sign({ message: await createMessage({ binary: new Uint8Array(bytes) }), signingKeys, detached: true, date: new Date(now) }),
    );
  const successor = await pinnedCertificate(next.publicKey);
  const told = world.keys
    .map(knownKey)
    .map((key) => (key.purpose === 'release' ? { ...key, compromisedAt: '2026-02-01T00:00:00.000Z' } : key));
  const both = async (second: string, pins: Pins, first = world.signature): Promise<string> => {
    const list = new CheckList();
    const file = (name: string, text: string) => ({ name, path: 'tool.bin', bytes: Buffer.from(text), signed: null });
    const read = await readSignatures([file('tool.bin.asc', first), file('tool.bin.next.asc', second)], list);
    const signed = new SignedContent(read);
    signed.update(content);
    await checkSignatures(read, signed, new Trust(pins, [...told, successor], () => 'word'), now, list);
    return list.checks.map(({ check, subject, result }) => `${check} ${subject} ${result}`).join(', ');
  };
  const good = 'openpgp.signature tool.bin.next.asc ok, openpgp.key tool.bin.next.asc ok';
  expect(await both(await again(content), nothing)).toBe(`openpgp.replaced tool.bin.asc ok, ${good}`);
  expect(await both(await again(content), { ...nothing, certificates: [successor] })).toBe(`openpgp.replaced tool.bin.asc ok, ${good}`);
  expect(await both(await again(content.subarray(1)), nothing)).toContain('openpgp.key tool.bin.asc failed');
  // A signature of other bytes by the compromised key is wrong in itself.
  const lines = world.signature.split('\n');
  const at = lines.findIndex((line) => line.length > 60) + 1;
  lines[at] = (lines[at] ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  expect(await both(await again(content), nothing, lines.join('\n'))).toContain('openpgp.signature tool.bin.asc failed');
});

it('does not believe a key that is told of under the fingerprint of another', async () => {
  const other = await generateKey({ type: 'ecc', userIDs: { name: 'thief' }, format: 'armored' });
  const posing = world.keys.map(knownKey).map((key) => (key.purpose === 'release' ? { ...key, publicKey: other.publicKey } : key));
  const list = new CheckList();
  const honest = await honestKeys(posing, 'word', list);
  expect(honest.map(({ purpose }) => purpose)).toEqual(['attestation', 'log']);
  expect(list.failed).toMatchObject([{ check: 'keys.id', subject: world.fingerprint }]);
});
