import { describe, expect, it } from '@jest/globals';
import { goodWheelhouse } from '../corpus/good-files.js';
import { writer } from './archive.js';
import { day, keeper, TestDesk } from './desk.js';

const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const wheelhouse = { 'wheelhouse-3.11.tgz': goodWheelhouse() };

describe('extend', () => {
  it('moves the expiry later, with who and why', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    const after = await desk.extend(id, 90 * day, '  audit of 2026 ');
    expect(after).toMatchObject({ expiresAt: '2026-05-30T12:00:00.000Z', extension: { actor: 'token:records', reason: 'audit of 2026' } });
    expect((await desk.packages.one(id, keeper)).retention).toEqual(after);
    expect(await desk.happened(id)).toEqual(['retention.extended']);
  });

  it('ends an eligibility, and a later one is another transition', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    desk.pass(31 * day);
    expect((await desk.sweep()).marked).toEqual([id]);
    expect(await desk.extend(id, day)).toMatchObject({ eligibleSince: null });
    expect((await desk.sweep()).marked).toEqual([]);
    desk.pass(2 * day);
    expect((await desk.sweep()).marked).toEqual([id]);
  });

  it.each([
    ['not later', 30 * day, 'audit', 'extension_not_later'],
    ['earlier', day, 'audit', 'extension_not_later'],
    ['without a reason', 90 * day, '', 'reason_required'],
    ['with a blank reason', 90 * day, ' \n\t ', 'reason_required'],
  ])('is refused %s, and nothing is recorded', async (_, seconds, reason, code) => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    await expect(desk.extend(id, seconds, reason)).rejects.toEqual(refused(code));
    expect(await desk.happened(id)).toEqual([]);
  });

  it('is refused for a permanent record', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open('acme/widgets', 'permanent-record');
    await expect(desk.extend(id, 90 * day)).rejects.toEqual(refused('retention_permanent'));
    expect(await desk.happened(id)).toEqual([]);
  });

  it('twenty at once: the expiry only ever moves forward, and the last word is the latest instant', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    const asked = Array.from({ length: 20 }, (_, index) => (31 + ((index * 7) % 20)) * day);
    await Promise.allSettled(asked.map((seconds) => desk.extend(id, seconds)));
    const facts = (await desk.archive.facts(id)).flatMap((fact) => (fact.type === 'v1.retention.extended' ? [fact.payload] : []));
    for (const { previous_expires_at, new_expires_at } of facts) expect(new_expires_at > previous_expires_at).toBe(true);
    expect(facts.at(-1)?.new_expires_at).toBe('2026-04-20T12:00:00.000Z');
  });
});

describe('hold and release', () => {
  it('two holds: the package may go only when both have ended, at once and marked once', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    const [one, two] = ['01900000-0000-7000-8000-0000000000a1', '01900000-0000-7000-8000-0000000000a2'] as const;
    await desk.hold(id, one);
    await desk.hold(id, two);
    desk.pass(31 * day);
    expect((await desk.sweep()).marked).toEqual([]);
    expect(await desk.release(id, one)).toMatchObject({ eligibleSince: null, releasedHolds: [one] });
    expect(await desk.release(id, two)).toMatchObject({ eligibleSince: desk.now, holds: [] });
    expect((await desk.sweep()).marked).toEqual([]);
    expect((await desk.happened(id)).filter((type) => type === 'retention.deletion_eligible')).toHaveLength(1);
  });

  it('the same hold id applies one hold, however often and at once it is asked for', async () => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    const holdId = desk.archive.world.ids.next();
    await Promise.all([desk.hold(id, holdId), desk.hold(id, holdId), desk.hold(id, holdId)]);
    await desk.release(id, holdId);
    await desk.hold(id, holdId);
    expect(await desk.happened(id)).toEqual(['retention.hold_applied', 'retention.hold_released']);
  });

  it('refuses a missing reason, a hold of another package and one that has ended', async () => {
    const desk = new TestDesk();
    const [id, other] = [await desk.archive.open(), await desk.archive.open()];
    const holdId = desk.archive.world.ids.next();
    await expect(desk.hold(id, holdId, '  ')).rejects.toEqual(refused('reason_required'));
    await desk.hold(id, holdId);
    await expect(desk.release(id, holdId, '')).rejects.toEqual(refused('reason_required'));
    await expect(desk.release(other, holdId)).rejects.toEqual(refused('hold_not_found'));
    await desk.release(id, holdId);
    await expect(desk.release(id, holdId)).rejects.toEqual(refused('hold_already_released'));
    expect(await desk.happened(id)).toEqual(['retention.hold_applied', 'retention.hold_released']);
    expect(await desk.happened(other)).toEqual([]);
  });
});

describe('restore', () => {
  it('takes a package out of the trash; so do a hold and an extension', async () => {
    for (const act of ['restore', 'hold', 'extend'] as const) {
      const desk = new TestDesk();
      const id = await desk.archive.open();
      desk.pass(31 * day);
      await desk.sweep();
      await desk.trash(id);
      const after = act === 'extend' ? await desk.extend(id, 90 * day) : await desk[act](id);
      expect(after).toMatchObject({ trash: null, restoredAt: desk.now });
    }
  });

  it('refuses what is not in the trash', async () => {
    const desk = new TestDesk();
    await expect(desk.restore(await desk.archive.open())).rejects.toEqual(refused('package_not_in_trash'));
  });
});

describe('validate', () => {
  it('the newest validated wheelhouse joins the curated set, and leaves it when it fails', async () => {
    const desk = new TestDesk();
    const id = await desk.archived(wheelhouse);
    expect(await desk.validate(id)).toEqual({ validatedAt: desk.now, curated: true });
    desk.pass(31 * day);
    expect((await desk.sweep()).marked).toEqual([]);
    expect(await desk.validate(id, 'failed')).toMatchObject({ curated: false });
    expect((await desk.happened(id)).slice(-5)).toEqual([
      ...['package.validated', 'retention.promoted', 'package.validated', 'retention.demoted', 'retention.deletion_eligible'],
    ]);
  });

  it('a newer one takes its place', async () => {
    const desk = new TestDesk();
    const old = await desk.archived(wheelhouse);
    desk.pass(day);
    const fresh = await desk.archived(wheelhouse);
    await desk.validate(old);
    await desk.validate(fresh);
    expect(await desk.validate(old)).toMatchObject({ curated: true });
    await desk.sweep();
    expect((await desk.packages.one(old, keeper)).retention.curatedSince).toBeNull();
    expect((await desk.packages.one(fresh, keeper)).retention.curatedSince).not.toBeNull();
    expect(await desk.validate(old)).toMatchObject({ curated: false });
  });

  it('the same validation id is one validation, with the time of the first', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ 'report.json': '{}' });
    const validationId = desk.archive.world.ids.next();
    const first = await desk.validate(id, 'passed', writer, validationId);
    await desk.archive.world.log.pass();
    desk.pass(60);
    expect(await desk.validate(id, 'passed', writer, validationId)).toEqual(first);
    expect((await desk.happened(id)).filter((type) => type === 'package.validated')).toHaveLength(1);
  });

  it('may be recorded by whoever writes or decides on retention, by nobody else, and only of what is finalized', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ 'report.json': '{}' });
    await desk.validate(id, 'passed', keeper);
    await desk.validate(id, 'passed', writer);
    await expect(desk.validate(id, 'passed', { ...writer, verbs: ['read', 'publish'] })).rejects.toEqual(refused('forbidden'));
    await expect(desk.validate(await desk.archive.open())).rejects.toEqual(refused('package_not_finalized'));
  });
});

describe('every act on retention', () => {
  const acts = ['extend', 'hold', 'restore'] as const;

  it.each(acts)('%s needs the verb retention in that repository, whatever else is wrong', async (act) => {
    const desk = new TestDesk();
    const id = await desk.archive.open();
    const stranger = { ...keeper, repositories: ['other/*'] };
    for (const caller of [writer, stranger]) {
      const asked =
        act === 'extend' ? desk.extend(id, 1, '', caller) : act === 'hold' ? desk.hold(id, '', '', caller) : desk.restore(id, '', caller);
      await expect(asked).rejects.toEqual(refused('forbidden'));
    }
    await expect(desk.release(id, 'x', '', writer)).rejects.toEqual(refused('forbidden'));
    expect(await desk.happened(id)).toEqual([]);
  });

  it('refuses an unknown package', async () => {
    const desk = new TestDesk();
    const nowhere = desk.archive.world.ids.next();
    for (const asked of [
      desk.extend(nowhere, day),
      desk.hold(nowhere),
      desk.release(nowhere, nowhere),
      desk.restore(nowhere),
      desk.validate(nowhere),
    ])
      await expect(asked).rejects.toEqual(refused('package_not_found'));
  });

  it('refuses a collected package, and nothing is recorded', async () => {
    const desk = new TestDesk();
    const id = await desk.archived({ 'report.json': '{}' });
    await desk.collect(id, ['report.json']);
    const before = await desk.happened(id);
    for (const asked of [desk.extend(id, 900 * day), desk.hold(id), desk.restore(id), desk.validate(id)])
      await expect(asked).rejects.toEqual(refused('package_collected'));
    expect(await desk.happened(id)).toEqual(before);
  });
});
