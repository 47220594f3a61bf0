import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventsHttp, retentionHttp, type EventAnswer } from '@muniment/contracts';
import pg from 'pg';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { eventually } from '../stack/left-behind.js';
import { SettableTime } from '../stack/settable-time.js';

const start = '2026-03-01T12:00:00.000Z';
const later = (days: number): string => new Date(Date.parse(start) + days * 86_400_000).toISOString();

const time = new SettableTime(start);
let archive: ArchiveUnderTest;
let api: Caller;
beforeAll(async () => {
  const env = { MUNIMENT_CLOCK_FILE: time.file, MUNIMENT_SWEEP_SECONDS: '1' };
  archive = await startArchive({ env, services: ['gateway', 'retention', 'retention'] });
  api = new Caller(archive.url, archive.token);
}, 120_000);
afterAll(async () => {
  await archive?.stop();
  time.remove();
}, 60_000);

const history = async (id: string): Promise<readonly EventAnswer[]> =>
  eventsHttp.eventAnswer.array().parse((await api.get(`/packages/${id}/retention/history`)).json());
const marks = async (id: string): Promise<readonly EventAnswer[]> =>
  (await history(id)).filter(({ type }) => type === 'v1.retention.deletion_eligible');

/** Ticks of the sweep that were carried out so far, by whichever replica. */
async function sweeps(): Promise<number> {
  const counts = await Promise.all(
    [...archive.running]
      .filter(({ service }) => service === 'retention')
      .map(async ({ adminUrl }) => {
        const text = await (await fetch(`${adminUrl}/metrics`)).text();
        return Number(/^muniment_retention_sweep_duration_seconds_count(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0);
      }),
  );
  return counts.reduce((a, b) => a + b, 0);
}

describe('two retention services that sweep every second', () => {
  it('mark packages once, when their time is over and nothing keeps them, and never again', async () => {
    const expiring = (await api.createPackage({})).id;
    const held = (await api.createPackage({})).id;
    const longer = (await api.createPackage({ retention_class: 'raw-evidence' })).id;
    const hold = retentionHttp.holdAnswer.parse((await api.post(`/packages/${held}/retention/holds`, { reason: 'audit' })).json());
    const idle = await sweeps();
    await eventually('a sweep that finds nothing', async () => (await sweeps()) > idle + 1);
    expect(await marks(expiring)).toEqual([]);

    time.set(later(8));
    await eventually('the mark', async () => (await marks(expiring)).length > 0);
    const marked = await sweeps();
    await eventually('three more sweeps', async () => (await sweeps()) > marked + 3);
    expect(await marks(expiring)).toMatchObject([
      { actor: 'service:retention', time: later(8), payload: { as_of: later(8), expires_at: later(7) } },
    ]);
    expect([await marks(held), await marks(longer)]).toEqual([[], []]);
    expect((await api.post(`/packages/${held}/retention/holds/${hold.hold_id}/release`, { reason: 'done' })).status).toBe(200);
    await eventually('the mark of the release', async () => (await marks(held)).length === 1);
  }, 60_000);

  it('leave a log and views that agree', async () => {
    const client = new pg.Client({ connectionString: archive.ownerUrl });
    await client.connect();
    const { rows } = await client.query(
      `select r.package_id from retention_state r
       where r.revision <> (select max(revision) from events e where e.subject_id = r.package_id)`,
    );
    await client.end();
    expect(rows).toEqual([]);
  });
});
