import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createObjectStore, objectStoreConfig } from './config.js';

const schema = z.object(objectStoreConfig);
const s3 = {
  MUNIMENT_OBJECT_STORE: 's3',
  MUNIMENT_S3_ENDPOINT: 'https://s3.example.org',
  MUNIMENT_S3_BUCKET: 'archive',
  MUNIMENT_S3_ACCESS_KEY: 'access',
  MUNIMENT_S3_SECRET_KEY: 'secret',
};

describe('object store settings', () => {
  it('describes every setting', () => {
    for (const [name, setting] of Object.entries(objectStoreConfig)) expect(`${name}: ${setting.description ?? ''}`).toMatch(/: .{10}/);
  });

  it.each([
    ['filesystem', { MUNIMENT_OBJECT_STORE_ROOT: '/nowhere' }],
    ['memory', { MUNIMENT_OBJECT_STORE: 'memory' }],
    ['s3', s3],
  ])('makes a %s store', async (backend, env) => {
    const store = createObjectStore(schema.parse(env));
    expect(store.backend).toBe(backend);
    expect(store.direct === null).toBe(backend !== 's3');
    await store.close();
  });

  it.each(['MUNIMENT_S3_ENDPOINT', 'MUNIMENT_S3_BUCKET', 'MUNIMENT_S3_ACCESS_KEY', 'MUNIMENT_S3_SECRET_KEY'])(
    'names %s when it is missing',
    (name) => {
      expect(() => createObjectStore(schema.parse({ ...s3, [name]: undefined }))).toThrow(name);
    },
  );

  it('names the missing root', () => {
    expect(() => createObjectStore(schema.parse({}))).toThrow('MUNIMENT_OBJECT_STORE_ROOT');
  });

  it('reads keys from files, and refuses empty ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muniment-config-'));
    const file = join(folder, 'key');
    writeFileSync(file, 'from-file\n');
    const files = { ...s3, MUNIMENT_S3_ACCESS_KEY: undefined, MUNIMENT_S3_ACCESS_KEY_FILE: file };
    await createObjectStore(schema.parse(files)).close();
    writeFileSync(file, '\n');
    expect(() => createObjectStore(schema.parse(files))).toThrow('MUNIMENT_S3_ACCESS_KEY_FILE');
    rmSync(folder, { recursive: true });
  });

  it.each(['/absolute/', 'no-slash', 'a//', '../up/', 'a b/'])('refuses the prefix %j', (prefix) => {
    expect(schema.safeParse({ ...s3, MUNIMENT_S3_PREFIX: prefix }).success).toBe(false);
  });
});
