import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DualDigest, identify, sha256Hex } from './dual-digest.js';

/** Input of the official BLAKE3 test vectors: bytes 0, 1, ..., 250 repeating. */
const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);

describe('DualDigest', () => {
  it('gives the published digests of the empty input', () => {
    expect(identify(new Uint8Array())).toEqual({
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      blake3: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
      size: 0,
    });
  });

  it('gives the published SHA-256 and BLAKE3 of "abc"', () => {
    expect(identify(new TextEncoder().encode('abc'))).toEqual({
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      blake3: '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
      size: 3,
    });
  });

  it.each([
    [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
    [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
    [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
    [2048, 'e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a'],
    [102400, 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085'],
  ])('gives the official BLAKE3 test vector of %i bytes', (length, expected) => {
    expect(identify(pattern(length)).blake3).toBe(expected);
  });

  it('does not depend on how the bytes are cut, nor on a buffer that is reused', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }), (chunks) => {
        const digest = new DualDigest();
        const reused = new Uint8Array(3000);
        for (const chunk of chunks) {
          reused.set(chunk);
          digest.update(reused.subarray(0, chunk.length));
        }
        expect(digest.size).toBe(chunks.reduce((sum, c) => sum + c.length, 0));
        expect(digest.finish()).toEqual(identify(Buffer.concat(chunks)));
      }),
    );
  });

  it('does not depend on where pieces end in what BLAKE3 compresses together', () => {
    const bytes = pattern(500_000);
    const expected = identify(bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 140_000 }), { maxLength: 8 }), (lengths) => {
        const digest = new DualDigest();
        let from = 0;
        for (const length of [...lengths, bytes.length]) {
          const piece = Uint8Array.from(bytes.subarray(from, from + length));
          digest.update(piece);
          from += piece.length;
          piece.fill(0);
        }
        expect(digest.finish()).toEqual(expected);
      }),
      {
        examples: [
          [[32_768]],
          [[131_071]],
          [[131_072, 32_768]],
          [[131_071, 1, 1, 32_766, 1]],
          [[131_073, 32_767, 1]],
          [[65_483, 65_483, 65_483]],
        ],
      },
    );
  });

  it('ends with finish', () => {
    const digest = new DualDigest();
    digest.finish();
    expect(() => digest.finish()).toThrow();
  });

  it('agrees with the one-shot SHA-256', () => {
    expect(sha256Hex(pattern(5000))).toBe(identify(pattern(5000)).sha256);
  });
});
