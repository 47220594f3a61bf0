import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevisionConflict } from '@muniment/application';
import { instantOf, parseSha256 } from '@muniment/domain';
import { eventLogSuite, ingestedFile, openedPackage, receivedFile } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { append, newPackage, openPostgres } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';

let server: ScratchServer;
let database: ScratchDatabase;
let postgres: Postgres;
beforeAll(async () => {
  server = await startScratchServer();
  database = await server.migrated();
  postgres = openPostgres(database.serviceUrl);
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await server.stop();
});

eventLogSuite('Postgres', async () => {
  const own = await server.migrated();
  const [log, neighbour] = [openPostgres(own.serviceUrl), openPostgres(own.serviceUrl)];
  return {
    ...portsOf(log),
    neighbour: portsOf(neighbour),
    dispose: async () => {
      await log.close();
      await neighbour.close();
    },
  };
});

function portsOf({ log, sequencer, checkpoints }: Postgres) {
  return { log, sequencer, checkpoints };
}

async function rowsOf(id: string): Promise<Record<string, unknown>> {
  const [row] = await once(
    database.ownerUrl,
    `select (select count(*)::int from events where subject_id = $1) as events,
            (select revision from retention_state where package_id = $1) as revision,
            (select count(*)::int from files where package_id = $1) as files,
            (select count(*)::int from blob_references where package_id = $1) as refs`,
    [id],
  );
  return row ?? {};
}

describe('an append and its views', () => {
  it('change together', async () => {
    const id = await newPackage(postgres);
    await append(postgres, id, 2, [ingestedFile(randomUUID())]);
    expect(await rowsOf(id)).toEqual({ events: 3, revision: 3, files: 1, refs: 1 });
  });

  it('change not at all when the revision is taken', async () => {
    const id = await newPackage(postgres);
    await append(postgres, id, 2, [receivedFile(randomUUID(), { path: 'first' })]);
    await expect(append(postgres, id, 2, [receivedFile(randomUUID(), { path: 'second' })])).rejects.toThrow(RevisionConflict);
    expect(await rowsOf(id)).toEqual({ events: 3, revision: 3, files: 1, refs: 0 });
  });

  it('change not at all when a view refuses', async () => {
    const fileId = randomUUID();
    const [id, other] = [await newPackage(postgres), await newPackage(postgres)];
    await append(postgres, id, 2, [receivedFile(fileId)]);
    // file ids are unique over all packages: the view, not the log, refuses this one
    await expect(append(postgres, other, 2, [receivedFile(fileId)])).rejects.toThrow();
    expect(await rowsOf(other)).toEqual({ events: 2, revision: 2, files: 0, refs: 0 });
  });

  it('are refused to a writer that moves the revision alone, as processes before ADR 0028 do', async () => {
    const id = await newPackage(postgres);
    const old = once(database.serviceUrl, 'update retention_state set revision = revision + 1 where package_id = $1', [id]);
    await expect(old).rejects.toMatchObject({ code: '23514', constraint: 'retention_state_revisions_check' });
    expect(await rowsOf(id)).toMatchObject({ events: 2, revision: 2 });
  });

  it('may touch one row with several facts', async () => {
    const id = await newPackage(postgres);
    const fileId = randomUUID();
    await append(postgres, id, 2, [
      receivedFile(fileId),
      ingestedFile(fileId),
      { type: 'v1.package.finalize_requested', payload: { requested_at: instantOf(new Date()) } },
    ]);
    expect(await rowsOf(id)).toEqual({ events: 5, revision: 5, files: 1, refs: 1 });
    expect((await postgres.states.fileAt(id, 'report.json'))?.file?.phase).toBe('ingested');
    expect((await postgres.states.package(id))?.package.finalizeRequested).toBe(true);
  });

  it('carry the package repository into references', async () => {
    const id = await newPackage(postgres, 'acme/gadgets');
    await append(postgres, id, 2, [ingestedFile(randomUUID())]);
    expect(await once(database.ownerUrl, 'select repository from blob_references where package_id = $1', [id])).toEqual([
      { repository: 'acme/gadgets' },
    ]);
  });

  it('never deadlock over content that many packages share, in whatever order they name it', async () => {
    const contents = Array.from({ length: 6 }, () => parseSha256(randomUUID().replaceAll('-', '').repeat(2)));
    const ids = await Promise.all(Array.from({ length: 8 }, () => newPackage(postgres)));
    for (let round = 0; round < 5; round++) {
      const appends = ids.map((id, n) => {
        const order = n % 2 === 0 ? contents : contents.toReversed();
        // each round is earlier than the one before, so that every append really writes the shared rows
        const verified_at = instantOf(new Date(Date.UTC(2026, 1, 20 - round, n)));
        const facts = order.map((sha256, i) => ingestedFile(randomUUID(), { path: `${round}/${i}`, sha256, verified_at }));
        return append(postgres, id, 2 + round * contents.length, facts);
      });
      await Promise.all(appends);
    }
    const [row] = await once(database.ownerUrl, 'select count(*)::int as n from blobs where first_verified_at < $1', [
      '2026-02-16T01:00:00Z',
    ]);
    expect(row).toEqual({ n: 6 });
  }, 60_000);
});

describe('appends of one moment', () => {
  const transactionsOf = async (ids: readonly string[], revision: number): Promise<number> => {
    const [row] = await once(
      database.ownerUrl,
      'select count(distinct xid)::int as n from events where subject_id = any($1::uuid[]) and revision = $2',
      [ids, revision],
    );
    return Number(row?.['n']);
  };

  it('are one transaction, each with all its views', async () => {
    const ids = await Promise.all(Array.from({ length: 7 }, () => newPackage(postgres)));
    await Promise.all(ids.map((id) => append(postgres, id, 2, [receivedFile(randomUUID())])));
    expect(await transactionsOf(ids, 3)).toBe(1);
    for (const id of ids) expect(await rowsOf(id)).toEqual({ events: 3, revision: 3, files: 1, refs: 0 });
  });

  it('do not share the conflict of one of them', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => newPackage(postgres)));
    const late = ids[2] ?? '';
    await append(postgres, late, 2, [receivedFile(randomUUID(), { path: 'earlier' })]);
    const outcomes = await Promise.allSettled(ids.map((id) => append(postgres, id, 2, [receivedFile(randomUUID())])));
    expect(outcomes.flatMap((o, n) => (o.status === 'rejected' ? [ids[n]] : []))).toEqual([late]);
    expect(outcomes[2]).toMatchObject({ reason: expect.any(RevisionConflict) as unknown });
    for (const id of ids) expect(await rowsOf(id)).toEqual({ events: 3, revision: 3, files: 1, refs: 0 });
  });
});

describe('prepared appends', () => {
  it('are planned once per connection and shape', async () => {
    const single = openPostgres(database.serviceUrl, 2);
    try {
      for (let n = 0; n < 4; n++) {
        const id = randomUUID();
        await append(single, id, 0, openedPackage(id));
        await append(single, id, 2, [receivedFile(randomUUID())]);
      }
      const { rows } = await single.database.pool.query<{ shapes: number; uses: number }>(
        "select count(*)::int as shapes, sum(generic_plans + custom_plans)::int as uses from pg_prepared_statements where name like 'append%'",
      );
      expect(rows).toEqual([{ shapes: 2, uses: 8 }]);
    } finally {
      await single.close();
    }
  });
});
