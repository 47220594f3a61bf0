import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

  it('throws when nobody can read the file', () => {
    expect(() => withFile(Buffer.alloc(4_000_000), (fd) => pairedIdentity(fd), 'a')).toThrow('EBADF');
  });

  it('throws when the file ends elsewhere for one side than for the other', () => {
    const bytes = Buffer.alloc(4_000_000, 'pattern');
    const shorter = readingUntil(3_000_000, () => 0);
    expect(() => withFile(bytes, (fd) => pairedIdentity(fd, shorter))).toThrow('changed while it was read');
  });

  it.each([
    ['whole', 0],
    ['cut off', 100],
  ])('witnesses a large archive that is inspected meanwhile (%s)', async (_, missing) => {
    writeFileSync(path.join(directory, 'content'), randomBytes(40 * mebi));
    const whole = execFileSync('tar', ['cz', 'content'], { cwd: directory, maxBuffer: 64 * mebi });
    const bytes = whole.subarray(0, whole.length - missing);
    writeFileSync(file, bytes);
    const how = { plan: 'archive-tar', fileName: 'x.tar.gz', limits: defaultInspectionLimits, pair, scratchDirectory: directory } as const;
    const examined = await examineFile(file, { ...how, openSpool: spoolsIn(directory) });
    expect(examined.stored).toEqual(identify(bytes));
    const outcome = missing === 0 ? { inspection: { member_count: 1 } } : { refusal: { code: 'archive_corrupt' } };
    expect(examined.outcome).toMatchObject(outcome);
    expect(withFile(bytes, (fd) => pairedIdentity(fd))).toEqual(identify(bytes));
  });

  it('is for large files, and only while it has its partner', async () => {
    expect(pair.takes(large)).toBe(true);
    expect(pair.takes(large - 1)).toBe(false);
    await pair.close();
    expect(pair.takes(large)).toBe(false);
  });
});
