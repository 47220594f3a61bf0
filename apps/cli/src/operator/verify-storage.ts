import type { FoundKind, LedgerEntry, StorageComparison } from '@muniment/application';
import { CliError } from '../exit-codes.js';
import { humanSize } from '../output.js';
import type { Surroundings } from '../surroundings.js';
import { withStore } from './open-store.js';

const defaultReaperAge = 86_400;

interface Verified {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly report: unknown;
}

/** Compares the store with what packages refer to, and counts the ledger anew. */
export async function verifyStorageOf(databaseUrl: string, reaperAge: number | undefined, where: Surroundings): Promise<Verified> {
  const { IdentifyStore, VerifyStorage } = await import('@muniment/application');
  const ageSeconds = reaperAge ?? Number(where.env['MUNIMENT_REAPER_AGE_SECONDS'] ?? defaultReaperAge);
  if (!Number.isFinite(ageSeconds)) throw new CliError('usage', 'MUNIMENT_REAPER_AGE_SECONDS is no number of seconds.');
  return withStore(databaseUrl, where, async ({ postgres, store, ids, clock }) => {
    // In another store everything would be missing.
    await new IdentifyStore(postgres.storeRecords, store, postgres.locks, ids, clock).execute();
    const now = clock.now();
    const compared = await new VerifyStorage(postgres.referencedContents, postgres.due, store).execute(
      new Date(Date.parse(now) - ageSeconds * 1000),
    );
    await postgres.ledger.measure(now);
    return verified(compared, await postgres.ledger.entries());
  });
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
