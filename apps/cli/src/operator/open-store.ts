import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Ids, ObjectStore } from '@muniment/application';
import { instantOf } from '@muniment/domain';
import type { Postgres } from '@muniment/postgres';
import { CliError } from '../exit-codes.js';
import { dataDirectory } from '../server/find-server.js';
import type { Surroundings } from '../surroundings.js';
import { assertReachable } from './assert-reachable.js';

/** What the verbs that work on database and store themselves are given. */
export interface StoreAndDatabase {
  readonly postgres: Postgres;
  readonly store: ObjectStore;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** Opens both for as long as `work` takes. A store that is not the archive's is a failed check. The packages are loaded only when such a verb is used. */
export async function withStore<T>(databaseUrl: string, where: Surroundings, work: (parts: StoreAndDatabase) => Promise<T>): Promise<T> {
  await assertReachable(databaseUrl);
  const { Postgres } = await import('@muniment/postgres');
  const { WrongStore } = await import('@muniment/application');
  const store = await openStore(where);
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: databaseUrl, MUNIMENT_DATABASE_POOL: 4 });
  try {
    return await work({ postgres, store, ids: { next: randomUUID }, clock: { now: () => instantOf(where.now()) } });
  } catch (error) {
    throw error instanceof WrongStore ? new CliError('check_failed', error.message, { doubt: error.doubt }) : error;
  } finally {
    await postgres.close();
    await store.close();
  }
}

/** The store of the environment where it names one, else the folder of the embedded server. */
async function openStore(where: Surroundings): Promise<ObjectStore> {
  const { createObjectStore, objectStoreConfig } = await import('@muniment/object-store');
  const { env } = where;
  const named = env['MUNIMENT_OBJECT_STORE'] !== undefined || env['MUNIMENT_OBJECT_STORE_ROOT'] !== undefined;
  const folder = join(dataDirectory(where), 'objects');
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!named && !isThere) {
    throw new CliError(
      'usage',
      `This works on the object store itself, and ${folder} does not exist. Set MUNIMENT_OBJECT_STORE and its settings as the services have them.`,
    );
  }
  const settings = named ? env : { MUNIMENT_OBJECT_STORE: 'filesystem', MUNIMENT_OBJECT_STORE_ROOT: folder };
  const parsed = z.object(objectStoreConfig).safeParse(settings);
  if (!parsed.success) throw new CliError('usage', z.prettifyError(parsed.error));
  return createObjectStore(parsed.data);
}
