import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Examiner } from '@muniment/application';
import { defaultInspectionLimits } from '@muniment/domain';
import { identify } from '@muniment/formats';
import { createExaminer } from './create-examiner.js';

const limits = defaultInspectionLimits;
let directory: string;
let examiner: Examiner;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'examiner-'));
  examiner = createExaminer({ threads: 2, scratchDir: join(directory, 'scratch') });
});

afterEach(async () => {
  await examiner.close();
  rmSync(directory, { recursive: true, force: true });
});

const pattern = (length: number) =>
  Buffer.alloc(
    length,
    Uint8Array.from({ length: 251 }, (_, i) => (i * 31) % 251),
  );

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

const streamOf = (bytes: Buffer, size: number) => ({ stream: Readable.from(pieces(bytes, size)), size: bytes.length });

describe('createExaminer', () => {
  it.each([0, 1, 262_143, 262_144, 262_145, 3_000_000])('digests a local file of %i bytes', async (length) => {
    const path = join(directory, 'file');
    writeFileSync(path, pattern(length));
    const { stored, outcome } = await examiner.examine({ localPath: path }, 'opaque', 'file', limits);
    expect(stored).toEqual(identify(pattern(length)));
    expect(outcome).toEqual({ inspection: { format: 'opaque', member_count: 0, members: [], wheel: null } });
  });

  it('digests large files one after the other, on two cores where there are two', async () => {
    for (const length of [16 * 1024 * 1024, 40_000_001, 16 * 1024 * 1024 + 1]) {
      const path = join(directory, 'large');
      writeFileSync(path, pattern(length));
      const { stored } = await examiner.examine({ localPath: path }, 'opaque', 'large', limits);
      expect(stored).toEqual(identify(pattern(length)));
    }
  });

  it.each([
    [0, 1],
    [9_999_999, 65_536],
    [5_000_001, 1_500_000],
    [100_000, 7],
  ])('digests a stream of %i bytes in pieces of %i, through slots that hold less than the stream', async (length, size) => {
    const { stored } = await examiner.examine(streamOf(pattern(length), size), 'opaque', 'file', limits);
    expect(stored).toEqual(identify(pattern(length)));
  });

  it('takes more files than it has threads, each answer for its own file', async () => {
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, i) => examiner.examine(streamOf(pattern(400_000 + i), 65_536), 'opaque', 'file', limits)),
    );
    expect(answers.map((a) => a.stored)).toEqual(Array.from({ length: 9 }, (_, i) => identify(pattern(400_000 + i))));
  });

  it('rejects for a file that is not there, and goes on working', async () => {
    await expect(examiner.examine({ localPath: join(directory, 'absent') }, 'opaque', 'absent', limits)).rejects.toThrow('ENOENT');
    const { stored } = await examiner.examine(streamOf(pattern(10), 10), 'opaque', 'file', limits);
    expect(stored.size).toBe(10);
  });

  it.each(['opaque', 'wheelhouse', 'archive-tar', 'archive-zip', 'meta'] as const)(
    'rejects with the error of the store when the stream of a %s breaks, and goes on working',
    async (plan) => {
      const broken = new Error('connection reset');
      async function* breaking() {
        yield* pieces(pattern(3_000_000), 65_536);
        throw broken;
      }
      const bytes = { stream: Readable.from(breaking()), size: 5_000_000 };
      await expect(examiner.examine(bytes, plan, 'wheelhouse-3.11.tgz', limits)).rejects.toBe(broken);
      const next = await examiner.examine(streamOf(pattern(2_500_000), 65_536), 'opaque', 'file', limits);
      expect(next.stored).toEqual(identify(pattern(2_500_000)));
    },
  );

  it('rejects when the store sends fewer bytes than it promised', async () => {
    const bytes = { stream: Readable.from([pattern(10)]), size: 11 };
    await expect(examiner.examine(bytes, 'opaque', 'file', limits)).rejects.toThrow('10 of 11 bytes');
  });

  it('answers bad content with a refusal and the identity of all bytes, also beyond the point of refusal', async () => {
    const { stored, outcome } = await examiner.examine(streamOf(pattern(6_000_000), 65_536), 'archive-tar', 'x.tgz', limits);
    expect(outcome).toMatchObject({ refusal: { code: 'archive_corrupt', kind: 'unprocessable' } });
    expect(stored).toEqual(identify(pattern(6_000_000)));
  });

  it('finishes what it was given before it closes, and takes nothing after', async () => {
    const running = examiner.examine(streamOf(pattern(4_000_000), 65_536), 'opaque', 'file', limits);
    await examiner.close();
    expect((await running).stored.size).toBe(4_000_000);
    await expect(examiner.examine(streamOf(pattern(1), 1), 'opaque', 'file', limits)).rejects.toThrow('closed');
  });

  it('rejects when a worker cannot start, without hanging', async () => {
    const broken = createExaminer({ threads: 1, scratchDir: directory, workerFile: new URL('file:///nonexistent/worker.js') });
    for (let i = 0; i < 2; i++) {
      await expect(broken.examine(streamOf(pattern(3_000_000), 65_536), 'opaque', 'file', limits)).rejects.toThrow('Cannot find module');
    }
    await broken.close();
  });
});
