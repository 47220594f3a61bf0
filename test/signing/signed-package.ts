import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ValidatePackage } from '@muniment/application';
import { defaultCuratedKeep, instantOf } from '@muniment/domain';
import { makeKeyring, openKeyring, type OpenedKeyring } from '@muniment/signing';
import { TestArchive, writer } from '../application/archive.js';

/** A package that a real keyring signed, with everything that other programs verify it by, as files in a folder. */
export interface SignedPackage {
  readonly folder: string;
  readonly keyring: OpenedKeyring;
  /** The archived bytes. */
  readonly artifact: string;
  readonly sha256: string;
  readonly packageId: string;
  /** Public key of the attestations, PEM. */
  readonly publicKey: string;
  /** Of a stranger. */
  readonly otherKey: string;
  /** Armored certificate of the release key, and its fingerprint. */
  readonly releaseKey: string;
  readonly fingerprint: string;
  /** Path of the evidence whose name begins and ends like this. */
  readonly evidence: (begin: string, end: string) => string;
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly remove: () => void;
}

export async function signedPackage(): Promise<SignedPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'muniment-signed-'));
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name.replaceAll('/', '_'));
    writeFileSync(path, content);
    return path;
  };
  const now = instantOf(new Date());
  for (const name of ['keys', 'other-keys']) await makeKeyring(join(folder, name), now);
  const keyring = await openKeyring(join(folder, 'keys'));
  const other = await openKeyring(join(folder, 'other-keys'));
  const archive = new TestArchive(keyring);
  const { clock: fromSpring } = archive.world;
  fromSpring.pass((Date.parse(now) - Date.parse(fromSpring.now())) / 1_000 + 1);
  const packageId = await archive.open('acme/widgets', 'raw-evidence', '1.0');
  await archive.put(packageId, { path: 'widgets.bin', content: 'the bytes of a release' });
  await archive.requestFinalization(packageId);
  await archive.settle();
  const { log, states, curatedSets, clock } = archive.world;
  const validation = { validationId: archive.world.ids.next(), result: 'passed', report: { tried: true } } as const;
  await new ValidatePackage(log, states, curatedSets, defaultCuratedKeep, clock).execute({
    caller: writer,
    packageId,
    ...validation,
    traceparent: null,
  });
  await archive.settle();
  const names = new Map<string, string>();
  for (const { name, sha256 } of await archive.world.attestations.evidence(packageId)) {
    const opened = await archive.store.openBlob(sha256);
    const pieces: Buffer[] = [];
    for await (const piece of (opened?.stream ?? []) as AsyncIterable<Buffer>) pieces.push(piece);
    names.set(name, write(name, Buffer.concat(pieces)));
  }
  const file = await archive.world.states.fileAt(packageId, 'widgets.bin');
  const release = keyring.keys.find(({ purpose }) => purpose === 'release');
  return {
    folder,
    keyring,
    artifact: write('widgets.bin', 'the bytes of a release'),
    sha256: file?.file?.sha256 ?? '',
    packageId,
    publicKey: write('attestation.pem', attestationKey(keyring)),
    otherKey: write('other.pem', attestationKey(other)),
    releaseKey: write('release.asc', release?.publicKey ?? ''),
    fingerprint: release?.keyId ?? '',
    evidence: (begin, end) => {
      const found = [...names].find(([name]) => name.startsWith(begin) && name.endsWith(end));
      if (found === undefined) throw new Error(`no evidence ${begin}…${end} among ${[...names.keys()].join(', ')}`);
      return found[1];
    },
    write,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function attestationKey({ keys }: OpenedKeyring): string {
  return keys.find(({ purpose }) => purpose === 'attestation')?.publicKey ?? '';
}

interface Envelope {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid: string }[];
}

/** Changes what a bundle or envelope holds, leaving everything else as it is. */
export function mutated(text: string, change: (envelope: Envelope) => void): string {
  const document = JSON.parse(text) as Envelope | { dsseEnvelope: Envelope };
  change('dsseEnvelope' in document ? document.dsseEnvelope : document);
  return JSON.stringify(document);
}

const flipped = (base64: string, at: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
};

/** What somebody might do to an attestation; every verifier must refuse each. */
export const mutations: readonly (readonly [string, (envelope: Envelope) => void])[] = [
  // In the name of the package, so that the statement stays JSON of the same shape.
  [
    'a flipped payload',
    (e) =>
      (e.payload = Buffer.from(Buffer.from(e.payload, 'base64').toString().replace('acme/widgets', 'acme/gadgets')).toString('base64')),
  ],
  ['a flipped signature', (e) => e.signatures.forEach((s) => (s.sig = flipped(s.sig, 20)))],
  [
    'a swapped subject',
    (e) => {
      const statement = JSON.parse(Buffer.from(e.payload, 'base64').toString()) as { subject: { digest: { sha256: string } }[] };
      for (const { digest } of statement.subject) digest.sha256 = 'ab'.repeat(32);
      e.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
    },
  ],
];
