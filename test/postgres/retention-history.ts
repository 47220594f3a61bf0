import { randomUUID } from 'node:crypto';
import { CurateSets, decideAndAppend, SweepRetention, type RetainedPackage } from '@muniment/application';
import { parseEvent } from '@muniment/contracts';
import {
  applyHold,
  createPackage,
  evolveRetention,
  extendRetention,
  instantOf,
  Refusal,
  releaseHold,
  validatePackage,
  type DomainEvent,
  type Instant,
  type PackageValidated,
  type RetentionClass,
  type RetentionEvent,
  type RetentionState,
  type ValidationResult,
} from '@muniment/domain';
import { decodeCbor } from '@muniment/formats';
import type { Postgres } from '@muniment/postgres';
import { describedPackage, goldenEvents, ingestedFile } from '@muniment/testing';
import type pg from 'pg';

export const day = 86_400;
export const classes: readonly RetentionClass[] = [
  { name: 'day', durationSeconds: day },
  { name: 'week', durationSeconds: 7 * day },
  { name: 'ever', durationSeconds: null },
];
export const keep = 2;

/** What somebody does to packages, through the deciders and the log, at instants of the test's own. */
export class RetentionActs {
  readonly curate: CurateSets;
  readonly sweeping: SweepRetention;

  constructor(
    private readonly postgres: Postgres,
    readonly repository = `org/${randomUUID()}`,
  ) {
    this.curate = new CurateSets(postgres.log, postgres.states, postgres.curatedSets, keep);
    this.sweeping = new SweepRetention(postgres.sweeps, this.curate);
  }

  /** A finalized package; of wheels, or not. */
  async create(name: string, retentionClass: string, wheelhouse: boolean, now: Instant): Promise<string> {
    const id = randomUUID();
    const description = describedPackage(id, { repository: this.repository, name });
    const file = ingestedFile(randomUUID(), { members: wheelhouse ? wheels : null });
    const opening = createPackage({ description, retentionClass }, classes, { now });
    await this.append(id, 0, opening, now);
    // A file refers to its package's row, so that must be there before.
    await this.append(id, opening.length, [file, goldenEvents['v1.package.finalized']], now);
    return id;
  }

  private async append(id: string, expectedRevision: number, facts: readonly DomainEvent[], now: Instant): Promise<void> {
    await this.postgres.log.append({ subject: { kind: 'package', id }, expectedRevision, facts, attribution: at(now) });
  }

  extend(packageId: string, until: Instant, now: Instant): Promise<boolean> {
    return this.act(packageId, now, ({ retention }) => extendRetention(retention, until, at(now)));
  }

  hold(packageId: string, holdId: string, now: Instant): Promise<boolean> {
    return this.act(packageId, now, ({ retention }) => applyHold(retention, holdId, at(now)));
  }

  release(packageId: string, holdId: string, now: Instant): Promise<boolean> {
    return this.act(packageId, now, ({ retention }) => releaseHold(retention, holdId, at(now)));
  }

  async validate(packageId: string, result: ValidationResult, now: Instant): Promise<boolean> {
    const newerValidated = await this.postgres.curatedSets.newerValidated(packageId, keep);
    const command = { validationId: randomUUID(), result, report: null };
    return this.act(packageId, now, (retained) => validatePackage({ ...retained, newerValidated }, command, keep, at(now)));
  }

  async sweep(asOf: Instant, now: Instant): Promise<readonly string[]> {
    return (await this.sweeping.execute({ asOf, dryRun: false, attribution: at(now) })).marked;
  }

  /** False: refused, and nothing recorded. */
  private async act(
    packageId: string,
    now: Instant,
    decide: (retained: RetainedPackage) => readonly (RetentionEvent | PackageValidated)[],
  ): Promise<boolean> {
    try {
      await decideAndAppend<RetainedPackage, RetentionEvent | PackageValidated>(this.postgres.log, {
        packageId,
        attribution: at(now),
        load: async () => {
          const retained = await this.postgres.states.retention(packageId);
          if (retained === null) throw new Error(`no package ${packageId}`);
          return retained;
        },
        revisionOf: (retained) => retained.package.revision,
        decide,
      });
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }
}

export function at(time: Instant) {
  return { actor: 'token:spec', time, reason: 'because' };
}

export function instant(seconds: number): Instant {
  return instantOf(new Date(Date.UTC(2026, 0, 1) + seconds * 1000));
}

const wheels = goldenEvents['v1.file.ingested'].payload.members;

export interface Folded {
  readonly retention: RetentionState;
  /** Types of the stream's events, in order. */
  readonly types: readonly string[];
}

/** The state of a package as its committed events alone say it; no view is read. */
export async function fold(pool: pg.Pool, packageId: string): Promise<Folded> {
  const { rows } = await pool.query<{ type: string; actor: string; reason: string | null; payload: Buffer }>(
    'select type, actor, reason, payload from events where subject_id = $1 order by revision',
    [packageId],
  );
  let retention: RetentionState | null = null;
  for (const { type, actor, reason, payload } of rows) {
    if (!type.startsWith('v1.retention.')) continue;
    const event = parseEvent(type, decodeCbor(new Uint8Array(payload)));
    if (event === null) throw new Error(`${type} is not an event`);
    retention = evolveRetention(retention, event as RetentionEvent, { actor, reason });
  }
  if (retention === null) throw new Error(`no events of ${packageId}`);
  return { retention, types: rows.map(({ type }) => type) };
}
