import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stagingKey, type ObjectStore } from '@muniment/application';
import { createObjectStore, objectStoreConfig, type ObjectStoreConfig } from '@muniment/object-store';
import { z } from 'zod';
import { minioUnavailable, startMinio, type RunningS3 } from '../stack/minio.js';
import { patterned } from './pattern.js';
import { newBucket } from './s3-subject.js';

const mebi = 1024 * 1024;
const program = resolve(import.meta.dirname, '../dist/object-store/killed-writer.js');
const parse = (env: Record<string, string>): ObjectStoreConfig => z.object(objectStoreConfig).parse(env);
jest.setTimeout(120_000);

describe('a writer killed with SIGKILL', () => {
  if (!existsSync(program)) throw new Error('Build the test project first: tsc -b test');

  describe('on the filesystem store', () => {
    let root: string;
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'muniment-killed-'));
    });
    afterAll(() => rm(root, { recursive: true, force: true }));
    tests(() => parse({ MUNIMENT_OBJECT_STORE: 'filesystem', MUNIMENT_OBJECT_STORE_ROOT: root }));
  });

  const unavailable = minioUnavailable();
  if (unavailable !== null) console.warn(`skipped: ${unavailable}`);
  (unavailable === null ? describe : describe.skip)('on the S3 store', () => {
    let server: RunningS3;
    let config: ObjectStoreConfig;
    beforeAll(async () => {
      server = await startMinio();
      const { endpoint, bucket, accessKey, secretKey } = await newBucket(server);
      config = parse({
        MUNIMENT_OBJECT_STORE: 's3',
        MUNIMENT_S3_ENDPOINT: endpoint,
        MUNIMENT_S3_BUCKET: bucket,
        MUNIMENT_S3_ACCESS_KEY: accessKey,
        MUNIMENT_S3_SECRET_KEY: secretKey,
      });
    }, 25 * 60_000);
    afterAll(() => server.stop(), 30_000);
    tests(() => config);
  });
});

function tests(configured: () => ObjectStoreConfig): void {
  it('leaves nothing readable of a staging, but something the reaper finds and removes', async () => {
    const store = createObjectStore(configured());
    const key = stagingKey(randomUUID());
    await killAfter(configured(), 'stage', key, '', 20 * mebi);
    expect(await store.openStaged(key)).toBeNull();
    expect(await listed(store)).toContain(key);
    await store.discard(key);
    expect(await listed(store)).not.toContain(key);
    await store.close();
  });

  it('leaves an append from which another process goes on', async () => {
    const store = createObjectStore(configured());
    const key = stagingKey(randomUUID());
    const { handle } = await store.begin(key);
    const fed = await killAfter(configured(), 'append', key, handle ?? '', 20 * mebi);
    const offset = await store.position(key, handle);
    expect(offset).toBeGreaterThanOrEqual(8 * mebi);
    expect(offset).toBeLessThanOrEqual(fed);
    const total = fed + 3 * mebi + 7;
    expect(await store.appendStaged(key, handle, offset, rest(offset, total))).toEqual({ offset: total });
    expect(await store.complete(key, handle)).toEqual({ size: total });
    let at = 0;
    for await (const chunk of (await store.openStaged(key))?.stream ?? []) {
      const bytes = chunk as Buffer;
      expect(bytes.equals(patterned(at, bytes.length))).toBe(true);
      at += bytes.length;
    }
    expect(at).toBe(total);
    await store.discard(key);
    await store.close();
  });
}

/** Runs a writer and kills it when it has handed over `bytes`. Returns at most how much it can have handed over. */
async function killAfter(config: ObjectStoreConfig, action: string, key: string, handle: string, bytes: number): Promise<number> {
  const writer = spawn(process.execPath, [program, JSON.stringify(config), action, key, handle], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(writer, 'exit');
  let fed = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    fed = Number(line);
    if (fed >= bytes) writer.kill('SIGKILL');
  }
  const [, signal] = (await exited) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  // The chunk it had yielded but not yet reported.
  return fed + 65_536;
}

async function listed(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.listStaged(new Date('2999-01-01T00:00:00Z'))) keys.push(key);
  return keys;
}

async function* rest(offset: number, total: number): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < total; at += 65_536) yield await Promise.resolve(patterned(at, Math.min(65_536, total - at)));
}
