import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { defaultInspectionLimits, type BlobIdentity } from '@muniment/domain';
import { identify } from '@muniment/formats';
import { examineFile } from './examine-bytes.js';
import { leash } from './pair-memory.js';
import { PairedDigest } from './paired-digest.js';
import { spoolsIn } from './scratch.js';

const pair = new PairedDigest(new URL('../dist/sha256-thread.js', import.meta.url));
const mebi = 1024 * 1024;
const large = 16 * mebi;
const directory = mkdtempSync(path.join(tmpdir(), 'paired-digest-'));
const file = path.join(directory, 'file');

/** What `use` makes of a file with these bytes, opened as `flags` say. */
function withFile<Result>(bytes: Uint8Array, use: (fd: number) => Result, flags = 'r'): Result {
  writeFileSync(file, bytes);
  const fd = openSync(file, flags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** What the pair says of a file that is read by `read`. */
function pairedIdentity(fd: number, read: typeof readSync = readSync): BlobIdentity {
  const witness = pair.begin(fd);
  try {
    const buffer = Buffer.alloc(256 * 1024);
    for (let at = 0; ; ) {
      const length = read(fd, buffer, 0, buffer.length, at);
      if (length === 0) return witness.finish();
      witness.update(buffer.subarray(0, length));
      at += length;
    }
  } finally {
    witness.end();
  }
}

/** Reads until `before` bytes were read, and then does something else. */
function readingUntil(before: number, then: () => number): typeof readSync {
  return ((fd: number, into: Uint8Array, offset: number, length: number, position: number) =>
    position >= before ? then() : readSync(fd, into, offset, Math.min(length, before - position), position)) as typeof readSync;
}

beforeAll(async () => {
  if (availableParallelism() < 2) return;
  while (!pair.takes(large)) await new Promise((resolve) => setTimeout(resolve, 5));
});
afterAll(async () => {
  await pair.close();
  rmSync(directory, { recursive: true });
});

// One core has nothing to pair; the examiner's own specs cover that path.
(availableParallelism() < 2 ? describe.skip : describe)('PairedDigest', () => {
  it.each([0, 1, 256 * 1024, 5_000_000, (leash + 40) * mebi + 7])('agrees with the plain digest on %i bytes', (length) => {
    const bytes = Buffer.alloc(length, 'pattern');
    expect(withFile(bytes, (fd) => pairedIdentity(fd))).toEqual(identify(bytes));
  });

  it('throws the error of a read, and the next file is not confused by it', () => {
    const bytes = Buffer.alloc((leash + 40) * mebi, 'pattern');
    const fault = new Error('EIO');
    for (const before of [0, 1, 3_000_000, (leash + 20) * mebi]) {
      const failing = readingUntil(before, () => {
        throw fault;
      });
      expect(() => withFile(bytes, (fd) => pairedIdentity(fd, failing))).toThrow(fault);
      expect(withFile(bytes, (fd) => pairedIdentity(fd))).toEqual(identify(bytes));
    }
  });

  it('throws when the partner cannot read the file', () => {
    const bytes = Buffer.alloc(4_000_000);
    const witnessed = (fd: number) => {
      const witness = pair.begin(fd);
      witness.update(bytes);
      return witness.finish();
    };
    expect(() => withFile(bytes, witnessed, 'a')).toThrow('did not read the whole file');
  });

  it('throws when the file ends elsewhere for one side than for the other', () => {
    const bytes = Buffer.alloc(4_000_000, 'pattern');
    const shorter = readingUntil(3_000_000, () => 0);
    expect(() => withFile(bytes, (fd) => pairedIdentity(fd, shorter))).toThrow('changed while it was read');
  });

  describe('of an archive that is inspected meanwhile', () => {
    const how = { fileName: 'wheelhouse-3.11.tgz', limits: defaultInspectionLimits, pair, scratchDirectory: directory };
    let archive: Buffer;
    let begin: jest.SpiedFunction<PairedDigest['begin']>;

    beforeAll(() => {
      writeFileSync(path.join(directory, 'x-1.0-py3-none-any.whl'), randomBytes((leash + 10) * mebi));
      archive = execFileSync('tar', ['cz', 'x-1.0-py3-none-any.whl'], { cwd: directory, maxBuffer: 2 * leash * mebi });
    });
    beforeEach(() => {
      begin = jest.spyOn(pair, 'begin');
    });
    afterEach(() => {
      expect(begin).toHaveBeenCalledTimes(1);
      begin.mockRestore();
      const bytes = Buffer.alloc(large, 'next');
      expect(withFile(bytes, (fd) => pairedIdentity(fd))).toEqual(identify(bytes));
    });

    it.each([
      ['whole', 0, { inspection: { member_count: 1 } }],
      ['cut off', 100, { refusal: { code: 'archive_corrupt' } }],
    ])('tells what the stored file is (%s)', async (_, missing, outcome) => {
      const bytes = archive.subarray(0, archive.length - missing);
      writeFileSync(file, bytes);
      const examined = await examineFile(file, { ...how, plan: 'archive-tar', openSpool: spoolsIn(directory) });
      expect(examined.stored).toEqual(identify(bytes));
      expect(examined.outcome).toMatchObject(outcome);
    });

    it('tells it also when the first bytes are refused', async () => {
      const bytes = randomBytes((leash + 10) * mebi);
      writeFileSync(file, bytes);
      const examined = await examineFile(file, { ...how, plan: 'wheelhouse', openSpool: spoolsIn(directory) });
      expect(examined.stored).toEqual(identify(bytes));
      expect(examined.outcome).toHaveProperty('refusal');
    });

    it('is given up when the inspection cannot go on', async () => {
      writeFileSync(file, archive);
      const openSpool = () => {
        throw new Error('ENOSPC');
      };
      await expect(examineFile(file, { ...how, plan: 'wheelhouse', openSpool })).rejects.toThrow('ENOSPC');
    });
  });

  it('says nothing when its partner goes away, least of all what the file before was', async () => {
    const mortal = new PairedDigest(new URL('../dist/sha256-thread.js', import.meta.url));
    while (!mortal.takes(large)) await new Promise((resolve) => setTimeout(resolve, 5));
    const witnessed = async (bytes: Buffer, meanwhile: () => Promise<void>) => {
      writeFileSync(file, bytes);
      const fd = openSync(file, 'r');
      const witness = mortal.begin(fd);
      try {
        await meanwhile();
        for (let at = 0; at < bytes.length; at += mebi) witness.update(bytes.subarray(at, at + mebi));
        return witness.finish();
      } finally {
        witness.end();
        closeSync(fd);
      }
    };
    const first = Buffer.alloc(large, 'first');
    expect(await witnessed(first, () => Promise.resolve())).toEqual(identify(first));
    await expect(witnessed(Buffer.alloc(large, 'other'), () => mortal.close())).rejects.toThrow('SHA-256 thread');
    const long = Buffer.alloc((leash + 10) * mebi);
    await expect(witnessed(long, () => Promise.resolve())).rejects.toThrow('gone');
  });

  it('is for large files, and only while it has its partner', async () => {
    expect(pair.takes(large)).toBe(true);
    expect(pair.takes(large - 1)).toBe(false);
    await pair.close();
    expect(pair.takes(large)).toBe(false);
  });
});
