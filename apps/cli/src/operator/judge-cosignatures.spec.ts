import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { witnessesOf, type Witnesses } from '@muniment/verification';
import { judgeCosignatures } from './judge-cosignatures.js';

const pair = generateKeyPairSync('ed25519');
const typed = Buffer.concat([Uint8Array.of(4), pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
const id = hash('sha256', Buffer.concat([Buffer.from('w.example\n'), typed]), 'buffer').subarray(0, 4);
const witnesses = witnessesOf({ keys: [`w.example+${id.toString('hex')}+${typed.toString('base64')}`], threshold: null });

const text = 'archive.example/log\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
const time = Buffer.from('000000006afc8b00', 'hex');
const cosignature = sign(null, Buffer.from(`cosignature/v1\ntime ${time.readBigUInt64BE()}\n${text}`), pair.privateKey);
const line = `— w.example ${Buffer.concat([id, time, cosignature]).toString('base64')}\n`;
const bare = `${text}\n— archive.example/log AAAAAAAA\n`;

function judged(notes: readonly string[], by: Witnesses | null): readonly string[] {
  const checkpoints = notes.map((note, i) => ({ name: `c${i}`, note }));
  return judgeCosignatures(checkpoints, by).map(({ check, subject, result }) => `${check} ${subject} ${result}`);
}

describe('cosignatures in a log check', () => {
  it('are judged for each checkpoint, where witnesses are named', () => {
    expect(judged([bare + line, bare], witnesses)).toEqual(['log.witnesses c0 ok', 'log.witnesses c1 failed']);
  });

  it('are told to be there where none are', () => {
    expect(judged([bare + line, bare], null)).toEqual(['log.witnesses c0 skipped']);
  });

  it('fail where there is nothing that could bear them', () => {
    expect(judged([], witnesses)).toEqual(['log.witnesses the log failed']);
    expect(judged([], null)).toEqual([]);
  });

  it('fail in what is no note, and are not looked for in it', () => {
    expect(judged(['nonsense', ''], witnesses)).toEqual(['log.witnesses c0 failed', 'log.witnesses c1 failed']);
    expect(judged(['nonsense', ''], null)).toEqual([]);
  });
});
