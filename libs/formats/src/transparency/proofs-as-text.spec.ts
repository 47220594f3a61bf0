import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseConsistencyProof, writeConsistencyProof } from './consistency-proof.js';
import { cosignaturesIn, parseLogWitnessKey } from './cosignature.js';
import { leafHash } from './merkle.js';
import { NoteError } from './note.js';
import { parseTlogProof, writeTlogProof } from './tlog-proof.js';

const hashes = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
const checkpoint = 'o\n3\nAAAA\n\n— o AAAA\n';

describe('a .tlog-proof', () => {
  it('may carry its entry', () => {
    const proof = { index: 2, hashes, checkpoint, extra: Buffer.from('entry') };
    expect(writeTlogProof(proof)).toContain('\nextra ZW50cnk=\nindex 2\n');
    expect(parseTlogProof(writeTlogProof(proof))).toEqual(proof);
    expect(parseTlogProof(writeTlogProof({ index: 2, hashes, checkpoint }))).toEqual({ index: 2, hashes, checkpoint });
  });

  it('has its extra line in its place or not at all', () => {
    const text = writeTlogProof({ index: 2, hashes, checkpoint });
    expect(() => parseTlogProof(text.replace('index 2\n', 'index 2\nextra ZW50cnk=\n'))).toThrow(NoteError);
    expect(() => parseTlogProof(text.replace('index 2\n', 'extra AA==\nextra AA==\nindex 2\n'))).toThrow(NoteError);
  });
});

describe('a consistency proof', () => {
  it('survives being written and read', () => {
    const proof = { older: 17, hashes, checkpoint };
    expect(parseConsistencyProof(writeConsistencyProof(proof))).toEqual(proof);
    expect(writeConsistencyProof({ older: 0, hashes: [], checkpoint })).toBe(`old 0\n\n${checkpoint}`);
  });

  it.each(['', 'old 1\n', 'old 01\n\nx', 'new 1\n\nx', 'old 1\nAAAA\n\nx'])('is not %j', (text) => {
    expect(() => parseConsistencyProof(text)).toThrow(NoteError);
  });
});

describe('a cosignature', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Uint8Array.of(4), Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')]);
  const id = hash('sha256', Buffer.concat([Buffer.from('w.example\n'), raw]), 'buffer').subarray(0, 4);
  const key = `w.example+${id.toString('hex')}+${raw.toString('base64')}`;
  const text = 'o\n3\nAAAA\n';
  const line = (time: number, signed = text): string => {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${signed}`), privateKey);
    return `— w.example ${Buffer.concat([id, stamp, signature]).toString('base64')}\n`;
  };

  it('by a known witness is found and checked, others are passed over', () => {
    const lines = `— o AAAAAAAA\n${line(1_790_000_000)}`;
    expect(cosignaturesIn(text, lines, [parseLogWitnessKey(key)])).toEqual([
      { witness: 'w.example', line: line(1_790_000_000), time: 1_790_000_000 },
    ]);
    expect(cosignaturesIn(text, lines, [])).toEqual([]);
  });

  it.each([
    ['of another checkpoint', line(1, 'o\n4\nAAAA\n')],
    ['cut short', `— w.example ${Buffer.concat([id, Buffer.alloc(64)]).toString('base64')}\n`],
  ])('%s is refused', (_, wrong) => {
    expect(() => cosignaturesIn(text, wrong, [parseLogWitnessKey(key)])).toThrow(NoteError);
  });

  it('needs a key that says itself', () => {
    expect(() => parseLogWitnessKey(key.replace('+', '+0').replace(/.\+B/, '+B'))).toThrow(NoteError);
    expect(() => parseLogWitnessKey('w.example+00000000+AQ==')).toThrow(NoteError);
  });
});
