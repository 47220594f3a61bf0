import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ObjectStore } from '@muniment/application';
import { FilesystemStore } from './filesystem/filesystem-store.js';
import { MemoryStore } from './memory/memory-store.js';
import { S3Store } from './s3/s3-store.js';

/** Settings of the object store, by environment name. */
export const objectStoreConfig = {
  MUNIMENT_OBJECT_STORE: z
    .enum(['filesystem', 's3', 'memory'])
    .default('filesystem')
    .describe('Where bytes are kept: filesystem, s3 or memory (tests only).'),
  MUNIMENT_OBJECT_STORE_ROOT: z.string().min(1).optional().describe('Folder of the filesystem store.'),
  MUNIMENT_S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('S3 endpoint, http(s)://host[:port] without a path.'),
  MUNIMENT_S3_REGION: z.string().min(1).default('us-east-1').describe('S3 region used in signatures.'),
  MUNIMENT_S3_BUCKET: z.string().min(3).max(63).optional().describe('S3 bucket; it must exist.'),
  MUNIMENT_S3_ACCESS_KEY: z.string().min(1).optional().describe('S3 access key. Prefer MUNIMENT_S3_ACCESS_KEY_FILE.'),
  MUNIMENT_S3_SECRET_KEY: z.string().min(1).optional().describe('S3 secret key. Prefer MUNIMENT_S3_SECRET_KEY_FILE.'),
  MUNIMENT_S3_ACCESS_KEY_FILE: z.string().min(1).optional().describe('File holding the S3 access key.'),
  MUNIMENT_S3_SECRET_KEY_FILE: z.string().min(1).optional().describe('File holding the S3 secret key.'),
  MUNIMENT_S3_PREFIX: z
    .string()
    .regex(/^([0-9A-Za-z][0-9A-Za-z._-]*\/)*$/)
    .default('')
    .describe('Path below which all objects lie: empty, or ending with a slash.'),
} as const;

/** The parsed settings. */
export type ObjectStoreConfig = z.infer<z.ZodObject<typeof objectStoreConfig>>;

/** The store the settings ask for. Throws an Error naming the setting that is missing; opens no connection yet. */
export function createObjectStore(config: ObjectStoreConfig): ObjectStore {
  switch (config.MUNIMENT_OBJECT_STORE) {
    case 'memory':
      return new MemoryStore();
    case 'filesystem':
      return new FilesystemStore({ root: needed(config, 'MUNIMENT_OBJECT_STORE_ROOT') });
    case 's3':
      return new S3Store({
        endpoint: needed(config, 'MUNIMENT_S3_ENDPOINT'),
        region: config.MUNIMENT_S3_REGION,
        bucket: needed(config, 'MUNIMENT_S3_BUCKET'),
        accessKey: secret(config, 'MUNIMENT_S3_ACCESS_KEY'),
        secretKey: secret(config, 'MUNIMENT_S3_SECRET_KEY'),
        prefix: config.MUNIMENT_S3_PREFIX,
      });
  }
}

function needed(config: ObjectStoreConfig, name: keyof ObjectStoreConfig): string {
  const value = config[name];
  if (value === undefined || value === '')
    throw new Error(`${name} must be set when MUNIMENT_OBJECT_STORE is ${config.MUNIMENT_OBJECT_STORE}.`);
  return value;
}

/** From the file when one is named (a mounted secret), otherwise from the setting itself. */
function secret(config: ObjectStoreConfig, name: 'MUNIMENT_S3_ACCESS_KEY' | 'MUNIMENT_S3_SECRET_KEY'): string {
  const file = config[`${name}_FILE`];
  if (file === undefined) return needed(config, name);
  const value = readFileSync(file, 'utf8').trim();
  if (value === '') throw new Error(`The file named by ${name}_FILE is empty.`);
  return value;
}
