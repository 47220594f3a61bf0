import { randomUUID } from 'node:crypto';
import { instantOf, type DomainEvent } from '@muniment/domain';
import { openedPackage } from '@muniment/testing';
import { Postgres } from '../postgres.js';

/** The adapter as a service opens it. */
export function openPostgres(url: string, connections = 8): Postgres {
  return new Postgres({ MUNIMENT_DATABASE_URL: url, MUNIMENT_DATABASE_POOL: connections });
}

/** Appends facts at an expected revision; `at` is the time of the act. */
export function append(postgres: Postgres, id: string, expectedRevision: number, facts: readonly DomainEvent[], at = new Date()) {
  const attribution = { actor: 'token:spec', time: instantOf(at) };
  return postgres.log.append({ subject: { kind: 'package', id }, expectedRevision, facts, attribution });
}

/** A new package, at revision 2. */
export async function newPackage(postgres: Postgres, repository = 'acme/widgets'): Promise<string> {
  const id = randomUUID();
  await append(postgres, id, 0, openedPackage(id, { repository }));
  return id;
}

/** Passes until nothing is left to number. */
export async function sequenceAll(postgres: Postgres): Promise<void> {
  while ((await postgres.sequencer.pass()) > 0);
}
