import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { checkContinuation, checkLogProof } from './check-log-proof.js';
import { checkpointText } from './checkpoint.js';
import { writeConsistencyProof } from './consistency-proof.js';
import { logEntry } from './log-entry.js';
import { consistencyRanges, inclusionRanges, leafHash } from './merkle.js';
import { ed25519Signer, signNote, type NoteSigner } from './note.js';
import { growTiles, rangeRoots } from './tiles.js';
import { writeTlogProof } from './tlog-proof.js';

const signerNamed = (name: string) => ed25519Signer(name, generateKeyPairSync('ed25519').privateKey);
const log = signerNamed('log.example');
const entries = Array.from({ length: 20 }, (_, i) =>
  logEntry({
    sequence: BigInt(i + 1),
    type: 'v1.package.created',
    time: '2026-03-01T12:00:00.000Z',
    actor: 'token:ci',
    subject: { kind: 'package', id: '6f1f64c4-9d2e-4b1e-9f0e-3f1f64c49d2e' },
    revision: i + 1,
    reason: null,
    payloadDigest: 'ab'.repeat(32),
  }),
);
const tiles = growTiles(0, [], entries.map(leafHash));
const noteOf = (size: number, signer: NoteSigner = log, origin = 'log.example') => {
  const root = rangeRoots([{ from: 0, to: size }], tiles)[0] ?? new Uint8Array();
  return signNote(checkpointText({ origin, size, root }), [signer]);
};
const entryOf = (sequence: number) => entries[sequence - 1] ?? new Uint8Array();

let note: string;
let older: string;
beforeAll(async () => {
  [note, older] = [await noteOf(20), await noteOf(7)];
});

describe('checking a .tlog-proof', () => {
  const proof = (sequence: number, change: object = {}) =>
    writeTlogProof({
      index: sequence - 1,
      hashes: rangeRoots(inclusionRanges(sequence - 1, 20), tiles),
      checkpoint: note,
      extra: entryOf(sequence),
      ...change,
    });

  it('tells what is proven', () => {
    expect(checkLogProof(proof(13), [log])).toMatchObject({
      sequence: 13,
      entry: { sequence: 13, type: 'v1.package.created', payload_digest: `sha256:${'ab'.repeat(32)}` },
      checkpoint: { origin: 'log.example', size: 20 },
    });
  });

  it('takes the entry from elsewhere when told to', () => {
    const { index, hashes, checkpoint } = { index: 12, hashes: rangeRoots(inclusionRanges(12, 20), tiles), checkpoint: note };
    const bare = writeTlogProof({ index, hashes, checkpoint });
    expect(checkLogProof(bare, [log], entryOf(13)).sequence).toBe(13);
    expect(() => checkLogProof(bare, [log])).toThrow('does not hold its entry');
    expect(() => checkLogProof(proof(13), [log], entryOf(12))).toThrow('is not leaf 12');
  });

  it.each([
    ['another entry', () => proof(13, { extra: entryOf(12) }), 'is not leaf 12'],
    ['another place', () => proof(13, { index: 11 }), 'is not leaf 11'],
    ['a place outside', () => proof(13, { index: 20 }), 'is not leaf 20'],
    ['a hash less', () => proof(13, { hashes: [] }), 'is not leaf 12'],
    ['an edited size', () => proof(13).replace('\n20\n', '\n21\n'), 'the signature by log.example is wrong'],
  ])('refuses %s', (_, forged, message) => {
    expect(() => checkLogProof(forged(), [log])).toThrow(message);
  });

  it('refuses the wrong key, and a checkpoint of one log that another signed', async () => {
    expect(() => checkLogProof(proof(13), [signerNamed('log.example')])).toThrow('no signature by a trusted key');
    const other = signerNamed('other.example');
    const checkpoint = await noteOf(20, other);
    expect(() => checkLogProof(proof(13, { checkpoint }), [log, other])).toThrow('log.example did not sign its checkpoint');
  });

  it('refuses a leaf that is not the entry of its event', async () => {
    const leaf = entryOf(5);
    const checkpoint = await signNote(checkpointText({ origin: 'log.example', size: 1, root: leafHash(leaf) }), [log]);
    expect(() => checkLogProof(writeTlogProof({ index: 0, hashes: [], checkpoint, extra: leaf }), [log])).toThrow(
      'not the entry of event 1',
    );
  });
});

describe('checking that a log continues', () => {
  const proof = (from: number) =>
    writeConsistencyProof({ older: from, hashes: rangeRoots(consistencyRanges(from, 20), tiles), checkpoint: note });

  it('tells both sizes', () => {
    expect(checkContinuation(older, proof(7), [log])).toMatchObject({ older: { size: 7 }, newer: { size: 20 } });
  });

  it('refuses a proof from elsewhere, a rolled-back log, a forged root and another log', async () => {
    expect(() => checkContinuation(older, proof(8), [log])).toThrow('does not continue');
    expect(() => checkContinuation(note, writeConsistencyProof({ older: 20, hashes: [], checkpoint: older }), [log])).toThrow(
      'does not continue',
    );
    const forged = await signNote(checkpointText({ origin: 'log.example', size: 7, root: leafHash(Buffer.from('x')) }), [log]);
    expect(() => checkContinuation(forged, proof(7), [log])).toThrow('does not continue');
    const other = signerNamed('other.example');
    const foreign = await noteOf(7, other, 'other.example');
    expect(() => checkContinuation(foreign, proof(7), [log, other])).toThrow('log.example is another log than other.example');
  });
});
