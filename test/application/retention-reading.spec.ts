import { describe, expect, it } from '@jest/globals';
import { goodWheelhouse } from '../corpus/good-files.js';
import { identityOf, writer } from './archive.js';
import { at, day, keeper, TestDesk } from './desk.js';

const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const holdId = '01900000-0000-7000-8000-0000000000a1';

/** Opened 1 March, extended 2 March, held 3 March, released 4 March. */
async function lived() {
  const desk = new TestDesk();
  const id = await desk.archive.open();
  desk.pass(day);
  await desk.extend(id, 90 * day);
  desk.pass(day);
  await desk.hold(id, holdId);
  desk.pass(day);
  await desk.release(id, holdId);
  await desk.archive.world.log.pass();
  return { desk, id };
}

describe('the state as of an instant', () => {
  it.each([
    ['2026-03-01T12:00:00.000Z', { expiresAt: '2026-03-31T12:00:00.000Z', extension: null, holds: [] }],
    ['2026-03-02T11:59:59.999Z', { expiresAt: '2026-03-31T12:00:00.000Z', extension: null, holds: [] }],
    ['2026-03-02T12:00:00.000Z', { expiresAt: '2026-05-31T12:00:00.000Z', extension: { reason: 'audit' }, holds: [] }],
    ['2026-03-03T18:00:00.000Z', { holds: [{ holdId, reason: 'lawsuit', actor: 'token:records' }], releasedHolds: [] }],
    ['2026-03-04T12:00:00.000Z', { holds: [], releasedHolds: [holdId] }],
    ['2999-01-01T00:00:00.000Z', { holds: [], releasedHolds: [holdId] }],
  ])('%s', async (instant, expected) => {
    const { desk, id } = await lived();
    expect(await desk.explain.asOf(id, at(instant), keeper)).toMatchObject(expected);
  });

  it('of the last event is what the view says', async () => {
    const { desk, id } = await lived();
    expect(await desk.explain.asOf(id, desk.now, keeper)).toEqual(await desk.explain.now(id, keeper));
  });

  it('does not exist before the package did', async () => {
    const { desk, id } = await lived();
    await expect(desk.explain.asOf(id, at('2026-03-01T11:59:59.999Z'), keeper)).rejects.toEqual(refused('package_not_found'));
  });

  it('is nothing for strangers', async () => {
    const { desk, id } = await lived();
    const stranger = { ...keeper, repositories: ['other/*'] };
    await expect(desk.explain.asOf(id, desk.now, stranger)).rejects.toEqual(refused('forbidden'));
    await expect(desk.explain.history(id, { after: 0n, limit: null }, stranger)).rejects.toEqual(refused('forbidden'));
  });
});

describe('the history', () => {
  it('waits for what was done a moment ago', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    await desk.archive.world.log.pass();
    await desk.hold(id, holdId);
    const asked = desk.explain.history(id, { after: 0n, limit: null }, keeper);
    await new Promise((resolve) => setImmediate(resolve));
    await desk.archive.world.log.pass();
    expect((await asked).map(({ type }) => type)).toEqual(['v1.retention.default_applied', 'v1.retention.hold_applied']);
  });

  it('is what belongs to keeping the package, in order, whole or page by page', async () => {
    const { desk, id } = await lived();
    const whole = await desk.explain.history(id, { after: 0n, limit: null }, keeper);
    expect(whole.map(({ type }) => type)).toEqual([
      ...['v1.retention.default_applied', 'v1.retention.extended', 'v1.retention.hold_applied', 'v1.retention.hold_released'],
    ]);
    const first = await desk.explain.history(id, { after: 0n, limit: 3 }, keeper);
    const rest = await desk.explain.history(id, { after: first.at(-1)?.sequence ?? 0n, limit: 3 }, keeper);
    expect([...first, ...rest]).toEqual(whole);
  });

  it('holds validations, but not what happened to files', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ 'report.json': '{}' });
    await desk.validate(id);
    await desk.archive.world.log.pass();
    const types = (await desk.explain.history(id, { after: 0n, limit: null }, keeper)).map(({ type }) => type);
    expect(types).toEqual(['v1.retention.default_applied', 'v1.package.validated']);
  });
});

describe('the preview', () => {
  const all = (desk: TestDesk, instant: string, withoutHold: string | null = null, caller = keeper) =>
    desk.preview.execute({ caller, at: at(instant), withoutHold, limit: 100, after: null });

  it('says what would be let go at an instant, and what if a hold ended, and records nothing', async () => {
    const desk = new TestDesk();
    const [free, held] = [await desk.archive.open(), await desk.archive.open()];
    await desk.hold(held, holdId);
    const ids = async (instant: string, without: string | null = null) =>
      (await all(desk, instant, without)).map(({ packageId }) => packageId);
    expect(await ids('2026-03-31T11:59:59.999Z')).toEqual([]);
    expect(await ids('2026-03-31T12:00:00.000Z')).toEqual([free]);
    expect(await ids('2026-03-31T12:00:00.000Z', holdId)).toEqual([free, held].sort());
    const [thought] = (await all(desk, '2027-01-01T00:00:00.000Z', holdId)).filter(({ packageId }) => packageId === held);
    expect(thought?.retention.holds).toEqual([]);
    expect(await desk.happened(free)).toEqual([]);
  });

  it('a hold that is thought away does not end the others', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    await desk.hold(id, holdId);
    await desk.hold(id);
    expect(await all(desk, '2027-01-01T00:00:00.000Z', holdId)).toEqual([]);
  });

  it('pages neither repeat nor skip, and shows only readable repositories', async () => {
    const desk = new TestDesk();
    for (let count = 0; count < 5; count++) {
      await desk.archive.open();
      desk.pass(count % 2);
    }
    const seen: string[] = [];
    for (let after: { expiresAt: ReturnType<typeof at>; packageId: string } | null = null; ; ) {
      const page = await desk.preview.execute({ caller: keeper, at: at('2027-01-01T00:00:00Z'), withoutHold: null, limit: 2, after });
      seen.push(...page.map(({ packageId }) => packageId));
      const last = page.at(-1);
      if (last?.retention.expiresAt == null) break;
      after = { expiresAt: last.retention.expiresAt, packageId: last.packageId };
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
    expect(await all(desk, '2027-01-01T00:00:00Z', null, { ...keeper, repositories: ['other/*'] })).toEqual([]);
    await expect(all(desk, '2027-01-01T00:00:00Z', null, { ...keeper, verbs: ['write'] })).rejects.toEqual(refused('forbidden'));
  });
});

describe('files whose package may go', () => {
  const archive = 'wheelhouse-3.11.tgz';
  const member = '.wheelhouse/alpha-1.0-py3-none-any.whl';

  it('in the trash: not served, neither whole nor in part, until somebody restores them; records are', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ [archive]: goodWheelhouse() });
    desk.pass(31 * day);
    await desk.sweep();
    await desk.trash(id);
    const purgeAfter = { purge_after: '2026-04-08T12:00:00.000Z' };
    const inTrash = expect.objectContaining({ code: 'package_in_trash', facts: expect.objectContaining(purgeAfter) });
    await expect(desk.files.file(id, archive, writer)).rejects.toEqual(inTrash);
    await expect(desk.files.member(id, archive, member, writer)).rejects.toEqual(inTrash);
    await expect(desk.files.members(id, archive, writer)).rejects.toEqual(inTrash);
    expect((await desk.files.file(id, `${archive}.meta`, writer)).size).toBeGreaterThan(0);
    const { sha256 } = identityOf(goodWheelhouse());
    await expect(desk.files.blob(sha256, writer)).rejects.toEqual(inTrash);
    const record = (await desk.archive.world.states.files(id)).find(({ path }) => path === `${archive}.meta`);
    expect((await desk.files.blob(record?.sha256 ?? sha256, writer)).size).toBeGreaterThan(0);
    await desk.restore(id);
    expect((await desk.files.blob(sha256, writer)).size).toBeGreaterThan(0);
    expect((await desk.files.member(id, archive, member, writer)).size).toBeGreaterThan(0);
  });

  it('in the trash: their content is served by its digest as long as another readable package has it', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ [archive]: goodWheelhouse() });
    desk.pass(31 * day);
    await desk.sweep();
    await desk.trash(id);
    const { sha256 } = identityOf(goodWheelhouse());
    await desk.archive.put(await desk.archive.open('acme/other'), { path: archive, content: goodWheelhouse() });
    await desk.archive.settle();
    const confined = { ...writer, repositories: ['acme/widgets'] };
    await expect(desk.files.blob(sha256, confined)).rejects.toEqual(expect.objectContaining({ code: 'package_in_trash' }));
    expect((await desk.files.blob(sha256, writer)).size).toBeGreaterThan(0);
    await desk.archived({ [archive]: goodWheelhouse() });
    expect((await desk.files.blob(sha256, confined)).size).toBeGreaterThan(0);
  });

  it('collected: gone for ever, records and manifest stay', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ [archive]: goodWheelhouse() });
    await desk.collect(id, [archive]);
    await expect(desk.files.file(id, archive, writer)).rejects.toEqual(refused('file_collected'));
    await expect(desk.files.member(id, archive, member, writer)).rejects.toEqual(refused('file_collected'));
    await expect(desk.files.members(id, archive, writer)).rejects.toEqual(refused('file_collected'));
    await expect(desk.files.file(id, 'never-there', writer)).rejects.toEqual(refused('file_not_found'));
    expect((await desk.files.file(id, `${archive}.meta`, writer)).size).toBeGreaterThan(0);
    expect((await desk.packages.manifest(id, writer)).length).toBeGreaterThan(0);
  });
});
