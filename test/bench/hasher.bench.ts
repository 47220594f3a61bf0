import { execFileSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultInspectionLimits } from '@muniment/domain';
import { createExaminer } from '@muniment/examiner';
import { DualDigest } from '@muniment/formats';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { digestFromCache, fileReads, socketReads } from './digest-from-cache.js';
import { cpuSeconds, interleaved, median, report, wallSeconds } from './paired-runs.js';

/**
 * Goals G1 and G2: both digests of a page-cached file against `openssl dgst -sha256`, and that the second digest costs what its library costs, no more (ADR 0017).
 * MUNIMENT_BENCH_BYTES sets the size of the file; default 4 GiB where the disk has room for it twice, else 1 GiB.
 */
const gib = 1024 ** 3;
const repetitions = 5;
const directory = mkdtempSync(join(tmpdir(), 'hasher-bench-'));
const free = statfsSync(directory);
const bytes = Number(process.env['MUNIMENT_BENCH_BYTES'] ?? (free.bavail * free.bsize > 8 * gib ? 4 * gib : gib));
const path = join(directory, 'file');

function makeFile(): void {
  const block = randomFillSync(Buffer.alloc(8 * 1024 * 1024));
  const fd = openSync(path, 'w');
  for (let at = 0; at < bytes; at += block.length) {
    block.writeDoubleLE(at, 0);
    writeSync(fd, block, 0, Math.min(block.length, bytes - at));
  }
  closeSync(fd);
}

/** The examiner's own way to read, with one digest instead of two. */
function sha256Only(): void {
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const hash = createHash('sha256');
  const fd = openSync(path, 'r');
  for (let length = -1; length !== 0; ) {
    length = readSync(fd, buffer, 0, buffer.length, null);
    hash.update(length === buffer.length ? buffer : buffer.subarray(0, length));
  }
  hash.digest();
  closeSync(fd);
}

const examiner = createExaminer({ threads: 2, scratchDir: directory });
const both = async () => void (await examiner.examine({ localPath: path }, 'opaque', 'file', defaultInspectionLimits));
/** A hasher with more than one file, where a second core would be taken from another file. */
const twoFiles = async () => void (await Promise.all([both(), both()]));
const openssl = () => void execFileSync('openssl', ['dgst', '-sha256', path]);

try {
  makeFile();
  // brings the file into the page cache and starts the workers
  await twoFiles();
  openssl();
  const walls = await interleaved({ openssl: () => wallSeconds(openssl), both: () => wallSeconds(both) }, repetitions);
  const speed = walls.map((r) => r.openssl / r.both);
  report('G1 both digests of a file, speed relative to openssl dgst -sha256', speed, { min: 0.85 }, 'ratio');
  const sha256 = () => cpuSeconds(() => digestFromCache(createHash('sha256'), bytes, fileReads));
  const blake3 = () => cpuSeconds(() => digestFromCache(new Blake3Hasher(), bytes, fileReads));
  const unaligned = () => cpuSeconds(() => digestFromCache(new Blake3Hasher(), bytes, socketReads));
  const delivered = () => cpuSeconds(() => digestFromCache(new DualDigest(), bytes, socketReads));
  const busy = async () => (await cpuSeconds(twoFiles)) / 2;
  const cpus = await interleaved(
    { sha256, blake3, unaligned, delivered, busy, read: () => cpuSeconds(sha256Only), hurry: () => cpuSeconds(both) },
    repetitions,
  );
  const perGib = (name: 'sha256' | 'blake3'): string => (median(cpus.map((r) => r[name])) / (bytes / gib)).toFixed(3);
  report(
    'G2 CPU of both digests relative to reading with SHA-256 and the BLAKE3 library by itself, two files at once',
    cpus.map((r) => r.busy / (r.read + r.blake3)),
    { max: 1.05 },
    'ratio',
    `CPU seconds per GiB of the libraries: SHA-256 ${perGib('sha256')}, BLAKE3 ${perGib('blake3')}`,
  );
  const cost = cpus.map((r) => r.busy / r.read);
  report('the same relative to reading the file with SHA-256 alone', cost, null, 'ratio');
  const hurry = cpus.map((r) => r.hurry / r.read);
  report('the same for a file that is alone and therefore takes a second core: what G1 costs', hurry, null, 'ratio');
  const libraries = cpus.map((r) => (r.sha256 + r.blake3) / r.sha256);
  report('both libraries relative to SHA-256 alone', libraries, null, 'ratio');
  const unalignedCost = cpus.map((r) => r.unaligned / r.blake3);
  report('the BLAKE3 library given pieces as a socket delivers them, relative to as a file is read', unalignedCost, null, 'ratio');
  const deliveredCost = cpus.map((r) => r.delivered / (r.sha256 + r.blake3));
  report('both digests given pieces as a socket delivers them, relative to both libraries as a file is read', deliveredCost, null, 'ratio');
} finally {
  await examiner.close();
  rmSync(directory, { recursive: true, force: true });
}
