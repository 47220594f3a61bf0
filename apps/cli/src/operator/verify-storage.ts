import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FoundKind, LedgerEntry, ObjectStore, StorageComparison } from '@muniment/application';
import { instantOf } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { humanSize } from '../output.js';
import { dataDirectory } from '../server/find-server.js';
import type { Surroundings } from '../surroundings.js';

const defaultReaperAge = 86_400;

interface Verified {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly report: unknown;
}

/** Compares the store with what packages refer to, and counts the ledger anew. Database and store packages are loaded only when this verb is used. */
export async function verifyStorageOf(databaseUrl: string, reaperAge: number | undefined, where: Surroundings): Promise<Verified> {
  const { Postgres } = await import('@muniment/postgres');
  const { VerifyStorage } = await import('@muniment/application');
  const ageSeconds = reaperAge ?? Number(where.env['MUNIMENT_REAPER_AGE_SECONDS'] ?? defaultReaperAge);
  if (!Number.isFinite(ageSeconds)) throw new CliError('usage', 'MUNIMENT_REAPER_AGE_SECONDS is no number of seconds.');
  const store = await openStore(where);
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: databaseUrl, MUNIMENT_DATABASE_POOL: 4 });
  try {
    const now = where.now();
    const compared = await new VerifyStorage(postgres.referencedContents, postgres.due, store).execute(
      new Date(now.getTime() - ageSeconds * 1000),
    );
    await postgres.ledger.measure(instantOf(now));
    return verified(compared, await postgres.ledger.entries());
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

function verified(compared: StorageComparison, entries: readonly LedgerEntry[]): Verified {
  const { referenced, stored, missing, sizeDiffers, unreferencedYoung, unreferencedOld, physicalByRepository } = compared;
  const ok = missing.count + sizeDiffers.count === 0;
  const ledger = entries.map(({ repository, packages, logicalBytes, uniqueBytes, trashBytes }) => ({
    repository,
    packages,
    logical_bytes: logicalBytes,
    unique_bytes: uniqueBytes,
    physical_bytes: repository === null ? stored.bytes : (physicalByRepository.get(repository) ?? 0),
    trash_bytes: trashBytes,
  }));
  const report = {
    ok,
    referenced,
    stored,
    missing: findings(missing),
    size_differs: findings(sizeDiffers),
    unreferenced_young: findings(unreferencedYoung),
    unreferenced_old: findings(unreferencedOld),
    ledger,
  };
  const lines = [
    `${referenced.count} contents referenced (${humanSize(referenced.bytes)}), ${stored.count} stored (${humanSize(stored.bytes)})`,
    ...line(ok ? 'ok  ' : 'FAIL', 'missing', missing),
    ...line(ok ? 'ok  ' : 'FAIL', 'of another size', sizeDiffers),
    ...line('note', 'unreferenced and young: on their way, or left by a crash', unreferencedYoung),
    ...line('note', 'unreferenced and old: the next run of the reaper removes them', unreferencedOld),
    ...ledger.map(
      ({ repository, packages, logical_bytes, unique_bytes, physical_bytes, trash_bytes }) =>
        `${(repository ?? 'whole archive').padEnd(40)} ${packages} packages, ${humanSize(logical_bytes)} logical, ${humanSize(unique_bytes)} unique, ` +
        `${humanSize(physical_bytes)} physical, ${humanSize(trash_bytes)} in the trash`,
    ),
  ];
  return { ok, lines, report };
}

function line(mark: string, what: string, { count, bytes, examples }: FoundKind): readonly string[] {
  const first = examples.slice(0, 20).map(({ sha256 }) => `      sha256:${sha256}`);
  return [`${mark}  ${count} ${what} (${humanSize(bytes)})`, ...(count === 0 ? [] : first)];
}

function findings({ count, bytes, examples }: FoundKind) {
  return {
    count,
    bytes,
    examples: examples.map(({ sha256, size, storedSize }) => ({
      digest: `sha256:${sha256}`,
      size,
      ...(storedSize === undefined ? {} : { stored_size: storedSize }),
    })),
  };
}
