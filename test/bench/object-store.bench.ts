import { createHash, randomFillSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSha256 } from '@muniment/domain';
import { stagingKey, type ObjectStore } from '@muniment/application';
import { FilesystemStore, S3Store } from '@muniment/object-store';
import { newBucket } from '../object-store/s3-subject.js';
import { minioUnavailable, startMinio } from '../stack/minio.js';

/**
 * The stores: durable 4 KiB uploads with eight callers (stage, and stage + promote + discard), and memory and rate of one long stream into
 * the filesystem and into MinIO.
 * MUNIMENT_BENCH_ROOT names a folder on the disk to measure.
 */
const callers = 8;
const uploadsPerCaller = 500;
const small = 4096;
const mebi = 1024 * 1024;

const root = mkdtempSync(join(process.env['MUNIMENT_BENCH_ROOT'] ?? tmpdir(), 'object-store-bench-'));
const store: ObjectStore = new FilesystemStore({ root });

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function* long(total: number, chunk: Buffer): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < total; sent += chunk.length) yield await Promise.resolve(chunk);
}

async function smallRate(upload: (key: string, bytes: Buffer) => Promise<void>): Promise<number> {
  const payloads = Array.from({ length: callers * uploadsPerCaller }, () => randomFillSync(Buffer.alloc(small)));
  const started = performance.now();
  const caller = async (number: number): Promise<void> => {
    for (let index = number; index < payloads.length; index += callers) {
      const bytes = payloads[index];
      if (bytes !== undefined) await upload(stagingKey(randomUUID()), bytes);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
  return (payloads.length / (performance.now() - started)) * 1000;
}

async function stageOnly(key: string, bytes: Buffer): Promise<void> {
  await store.stage(key, once(bytes));
}

async function wholeWay(key: string, bytes: Buffer): Promise<void> {
  await store.stage(key, once(bytes));
  await store.promote(key, parseSha256(createHash('sha256').update(bytes).digest('hex')), bytes.length);
  await store.discard(key);
}

async function longStream(store: ObjectStore, total: number): Promise<{ seconds: number; rssMiB: number }> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10);
  const started = performance.now();
  await store.stage(stagingKey(randomUUID()), long(total, randomFillSync(Buffer.alloc(64 * 1024))));
  clearInterval(timer);
  return { seconds: (performance.now() - started) / 1000, rssMiB: (peak - before) / mebi };
}

function report(what: string, { seconds, rssMiB }: { seconds: number; rssMiB: number }): void {
  console.log(`${what}: 512 MiB durable stream ${(512 / seconds).toFixed(0)} MiB/s, RSS +${rssMiB.toFixed(1)} MiB`);
}

async function benchS3(): Promise<void> {
  const unavailable = minioUnavailable();
  if (unavailable !== null) return console.log(`skipped: ${unavailable}`);
  const server = await startMinio();
  const s3 = new S3Store(await newBucket(server));
  try {
    report('s3 (MinIO on the same machine)', await longStream(s3, 512 * mebi));
  } finally {
    await s3.close();
    await server.stop();
  }
}

try {
  await store.check();
  for (let round = 1; round <= 3; round += 1) {
    console.log(`4 KiB stage            ${(await smallRate(stageOnly)).toFixed(0)}/s`);
    console.log(`4 KiB stage+promote+discard ${(await smallRate(wholeWay)).toFixed(0)}/s`);
  }
  report('filesystem', await longStream(store, 512 * mebi));
  await benchS3();
} finally {
  await store.close();
  rmSync(root, { recursive: true, force: true });
}
