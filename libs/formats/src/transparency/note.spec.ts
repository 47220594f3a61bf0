import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checkpointText, parseCheckpoint } from './checkpoint.js';
import { leafHash } from './merkle.js';
import { ed25519Signer, NoteError, openNote, parseVerifierKey, signNote, verifierKey } from './note.js';
import { parseTlogProof, writeTlogProof } from './tlog-proof.js';

const signerNamed = (name: string) => ed25519Signer(name, generateKeyPairSync('ed25519').privateKey);
const log = signerNamed('muniment.example/log');
const text = 'muniment.example/log\n3\nqgT8kTxwJSLA0HKTVSsrqlgnbwqLPfSSDYfJAOcAEnw=\n';

describe('a signed note', () => {
  it('is the text, a blank line and a signature line', async () => {
    const note = await signNote(text, [log]);
    expect(note.startsWith(`${text}\n\u2014 muniment.example/log `)).toBe(true);
    expect(openNote(note, [log])).toEqual({ text, signedBy: ['muniment.example/log'] });
  });

  it('may bear signatures of others, which do not count unless they are trusted', async () => {
    const witness = signerNamed('witness.example');
    const note = await signNote(text, [log, witness]);
    expect(openNote(note, [log]).signedBy).toEqual(['muniment.example/log']);
    expect(openNote(note, [log, witness]).signedBy).toEqual(['muniment.example/log', 'witness.example']);
    expect(() => openNote(note, [signerNamed('muniment.example/log')])).toThrow('no signature by a trusted key');
  });

  it.each([
    ['another size', (note: string) => note.replace('\n3\n', '\n4\n')],
    [
      'a flipped signature',
      (note: string) => note.replace(/(.)(.)==\n$|(.)\n$/u, (end) => (end.startsWith('A') ? `B${end.slice(1)}` : `A${end.slice(1)}`)),
    ],
    ['no signature', (note: string) => note.slice(0, note.indexOf('\u2014'))],
    ['a missing last newline', (note: string) => note.slice(0, -1)],
    ['a control character', (note: string) => note.replace('\n3\n', '\n3\r\n')],
  ])('with %s is refused', async (_, mutate) => {
    const note = await signNote(text, [log]);
    expect(() => openNote(mutate(note), [log])).toThrow(NoteError);
  });

  it('is not made of text without a last newline', async () => {
    await expect(signNote('origin', [log])).rejects.toThrow(NoteError);
  });

  it('has verifier keys that say themselves', () => {
    const told = verifierKey(log);
    expect(told).toMatch(/^muniment\.example\/log\+[0-9a-f]{8}\+A[A-Za-z0-9+/]+=*$/);
    expect(verifierKey(parseVerifierKey(told))).toBe(told);
    expect(() => parseVerifierKey(told.replace('+', '+0').replace(/.\+A/, '+A'))).toThrow(NoteError);
    expect(() => parseVerifierKey('x+00000000+AAAA')).toThrow(NoteError);
  });

  it("reads the key of Go's sumdb/note documentation", () => {
    // from the package's example: PRIVATE+KEY+..., whose public half this is
    const told = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect(verifierKey(parseVerifierKey(told))).toBe(told);
    const note = `If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    expect(openNote(note, [parseVerifierKey(told)]).signedBy).toEqual(['PeterNeumann']);
  });

  it('takes Ed25519 keys only', () => {
    const ec = createPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => verifierKey(ed25519Signer('x', ec))).toThrow(NoteError);
    expect(() => signerNamed('a b')).toThrow(NoteError);
  });
});

describe('a checkpoint', () => {
  const checkpoint = { origin: 'muniment.example/log', size: 70_000_000_000, root: leafHash(Buffer.from('x')) };

  it('survives being written and read', () => {
    expect(parseCheckpoint(checkpointText(checkpoint))).toEqual(checkpoint);
  });

  it.each(['', 'o\n01\nAAAA\n', `o\n-1\n${'A'.repeat(43)}=\n`, `o\n9007199254740993\n${'A'.repeat(43)}=\n`, 'o\n1\nAAAA\n'])(
    'is not %j',
    (wrong) => {
      expect(() => parseCheckpoint(wrong)).toThrow(NoteError);
    },
  );
});

describe('a proof file', () => {
  const proof = { index: 700, hashes: [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))], checkpoint: `${text}\n\u2014 x AAAA\n` };

  it('survives being written and read', () => {
    expect(parseTlogProof(writeTlogProof(proof))).toEqual(proof);
    expect(writeTlogProof(proof).split('\n').slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 700']);
  });

  it('is refused when a hash is cut', () => {
    expect(() => parseTlogProof(writeTlogProof(proof).replace(/=\n/, '\n'))).toThrow(NoteError);
  });
});
