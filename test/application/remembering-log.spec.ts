import { Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { inlineDigests, PutFile, RememberingLog, type EventLog } from '@muniment/application';
import { parseFilePath, Refusal } from '@muniment/domain';
import { openedPackage, receivedFile, someInstant } from '@muniment/testing';
import { maxBytes, TestArchive, writer } from './archive.js';

const attribution = { actor: 'a', time: someInstant };

/** An archive, and how often a look was taken at what stands at a path. */
function watched() {
  const archive = new TestArchive();
  const looks = jest.spyOn(archive.world.states, 'fileAt');
  const put = (packageId: string, path: string, content = path) => archive.put(packageId, { path, content, declaredSize: content.length });
  return { archive, looks, put };
}

describe('small files of a package that was created by this process', () => {
  it('are received without a look at what is there', async () => {
    const { archive, looks, put } = watched();
    const id = await archive.open();
    for (const path of ['a', 'b/c', 'b/d.tgz']) expect(await put(id, path)).toMatchObject({ created: true, path });
    expect(looks).not.toHaveBeenCalled();
    expect((await archive.world.states.files(id)).map(({ path }) => path)).toEqual(['a', 'b/c', 'b/d.tgz']);
  });

  it('are so beside a hasher that verifies them', async () => {
    const { archive, looks, put } = watched();
    const id = await archive.open();
    await put(id, 'a');
    await put(id, 'b');
    const [{ fileId } = { fileId: '' }] = await archive.world.states.files(id);
    expect(await archive.verifyFile().execute({ packageId: id, fileId, traceparent: null, lastTry: false })).toBe('ingested');
    looks.mockClear();
    await put(id, 'c');
    await put(id, 'd');
    expect(looks).not.toHaveBeenCalled();
  });

  it('are compared with what was received: other bytes at the path, a file in the way', async () => {
    const { archive, looks, put } = watched();
    const id = await archive.open();
    await put(id, 'a');
    await expect(put(id, 'a', 'other bytes')).rejects.toMatchObject({ code: 'path_conflict' });
    await expect(put(id, 'a/b')).rejects.toMatchObject({ code: 'path_conflict' });
    expect(looks).toHaveBeenCalledTimes(2);
  });

  it('are refused once somebody else closed the package, and nothing of them stays', async () => {
    const { archive, put } = watched();
    const id = await archive.open();
    await put(id, 'a');
    const other = archive.world.log;
    const requested = { type: 'v1.package.finalize_requested', payload: { requested_at: someInstant } } as const;
    await other.append({ subject: { kind: 'package', id }, expectedRevision: 3, facts: [requested], attribution });
    const before = await archive.staged();
    await expect(put(id, 'b')).rejects.toMatchObject({ code: 'package_not_open' });
    expect(await archive.staged()).toEqual(before);
  });

  it('may be sent again after the hasher refused them', async () => {
    const { archive, put } = watched();
    const id = await archive.open();
    await put(id, 'a');
    const [{ fileId } = { fileId: '' }] = await archive.world.states.files(id);
    archive.finding = (truth) => ({ ...truth, outcome: { refusal: new Refusal('archive_corrupt', 'broken') } });
    expect(await archive.verifyFile().execute({ packageId: id, fileId, traceparent: null, lastTry: false })).toBe('refused');
    expect(await put(id, 'a', 'better')).toMatchObject({ created: true });
    expect(await put(id, 'b')).toMatchObject({ created: true });
  });

  it('that another gateway received in between are seen', async () => {
    const { archive, put } = watched();
    const id = await archive.open();
    await put(id, 'a');
    const theirs = [receivedFile('01957a3e-7000-7000-8000-00000000aaaa', { path: 'b' })];
    await archive.world.log.append({ subject: { kind: 'package', id }, expectedRevision: 3, facts: theirs, attribution });
    await expect(put(id, 'b', 'other bytes')).rejects.toMatchObject({ code: 'path_conflict' });
    await expect(put(id, 'b/c')).rejects.toMatchObject({ code: 'path_conflict' });
  });

  it('of some size are looked for as ever: nobody sends gigabytes for what is remembered', async () => {
    const { archive, looks } = watched();
    const id = await archive.open();
    const { states, ids } = archive.world;
    const large = new PutFile(states, archive.store, archive.commitFile(), ids, 2 ** 40, inlineDigests, archive.gatewayLog);
    const body = Readable.from([Buffer.alloc(maxBytes)]);
    const request = { caller: writer, packageId: id, path: 'a', mediaType: null, declaredSize: 2 ** 30, declaredSha256: null, body };
    await expect(large.execute({ ...request, traceparent: null })).rejects.toMatchObject({ code: 'size_mismatch' });
    expect(looks).toHaveBeenCalledTimes(1);
  });
});

describe('a log that remembers', () => {
  const free = (log: RememberingLog, id: string): boolean => log.freeAt(id, parseFilePath('free')) !== null;
  const subject = (n: number) => ({ kind: 'package', id: `01957a3e-7000-7000-8000-00000000000${n}` }) as const;
  const open = (log: EventLog, n: number) => {
    const facts = openedPackage(subject(n).id);
    return log.append({ subject: subject(n), expectedRevision: 0, facts, attribution });
  };

  it.each([
    ['a', 'a', false],
    ['a', 'b', true],
    ['a', 'a/b', false],
    ['a/b/c', 'a', false],
    ['a/b/c', 'a/b', false],
    ['a/b/c', 'a/d', true],
    ['a/b/c', 'a/bc', true],
    ['a.tgz', 'a.tgz.meta', false],
    ['a.tgz.meta', 'a.tgz', false],
    ['a.tgz', 'a.tgz.meta/b', false],
    ['a.tgz.meta/b', 'a.tgz', false],
    ['a.tgz.meta/b', 'a', true],
  ])('that saw %s received calls %s free: %s', async (received, asked, expected) => {
    const log = new RememberingLog(new TestArchive().world.log);
    await open(log, 1);
    await log.append({ subject: subject(1), expectedRevision: 2, facts: [receivedFile('f', { path: received })], attribution });
    expect(log.freeAt(subject(1).id, parseFilePath(asked)) !== null).toBe(expected);
  });

  it('knows nothing of packages that it did not see from the first fact', async () => {
    const { world } = new TestArchive();
    const log = new RememberingLog(world.log);
    await open(world.log, 1);
    await log.append({ subject: subject(1), expectedRevision: 2, facts: [receivedFile('f', { path: 'a' })], attribution });
    expect(free(log, subject(1).id)).toBe(false);
  });

  it('forgets a package after any other fact, and after an error that leaves open what happened', async () => {
    const { world } = new TestArchive();
    let fails = false;
    const failing: EventLog = {
      append: (append) => (fails ? Promise.reject(new Error('connection lost')) : world.log.append(append)),
      read: (query) => world.log.read(query),
      head: () => world.log.head(),
      onSequenced: (listener) => world.log.onSequenced(listener),
    };
    const log = new RememberingLog(failing);
    for (const n of [1, 2]) await open(log, n);
    expect([1, 2].map((n) => free(log, subject(n).id))).toEqual([true, true]);
    const held = { type: 'v1.retention.hold_applied', payload: { hold_id: subject(9).id, applied_at: someInstant } } as const;
    await log.append({ subject: subject(1), expectedRevision: 2, facts: [held], attribution });
    expect(free(log, subject(1).id)).toBe(false);
    fails = true;
    const lost = log.append({ subject: subject(2), expectedRevision: 2, facts: [receivedFile('f', { path: 'a' })], attribution });
    await expect(lost).rejects.toThrow('connection lost');
    expect(free(log, subject(2).id)).toBe(false);
  });

  it('forgets first what it was asked about longest ago, when it has no room', async () => {
    const { world } = new TestArchive();
    const room = 3 * JSON.stringify(openedPackage(subject(1).id)[0]?.payload).length + 100;
    const log = new RememberingLog(world.log, room);
    for (const n of [1, 2, 3]) await open(log, n);
    expect(free(log, subject(1).id)).toBe(true);
    await open(log, 4);
    expect([1, 2, 3, 4].map((n) => free(log, subject(n).id))).toEqual([true, false, true, true]);
    const path = 'x'.repeat(1_000);
    await log.append({ subject: subject(4), expectedRevision: 2, facts: [receivedFile('f', { path })], attribution });
    expect([1, 2, 3, 4].map((n) => free(log, subject(n).id))).toEqual([false, false, false, false]);
  });
});
