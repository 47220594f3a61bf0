import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { inlineDigests, PutFile, stagingKey, type EventLog } from '@muniment/application';
import { parseFilePath, parseSha256, PushBack, type FileReceived, type Principal } from '@muniment/domain';
import { identityOf, maxBytes, TestArchive, writer } from './archive.js';
import { alwaysOvertaken, Killed, killedAtAppend } from './interrupted-log.js';

const otherSha256 = parseSha256('0'.repeat(64));

/** Whether small files come to the store in a way of their own; what a client sees is the same. */
describe.each([
  ['each staged by itself', {}],
  ['small ones staged together', { smallBytes: 1_000 }],
])('put a file, %s', (_ways, ways) => {
  const newArchive = (): TestArchive => new TestArchive(undefined, ways);

  it('records the first witness and keeps the bytes staged until they are verified', async () => {
    const archive = newArchive();
    const id = await archive.open();
    const { sha256, blake3, size } = identityOf('hello');
    const committed = await archive.put(id, { content: 'hello', declaredSize: 5, declaredSha256: sha256 });
    expect(committed).toEqual({ path: 'report.json', size, sha256, blake3, state: 'received', deduplicated: false, created: true });
    const [fact] = (await archive.facts(id)).filter((f): f is FileReceived => f.type === 'v1.file.received');
    expect(fact?.payload).toMatchObject({ sha256, blake3, size, witness: 'stream', media_type: 'application/json' });
    expect(await archive.staged()).toEqual([fact?.payload.staging_key]);
  });

  it.each([
    ['SHA-256', 'digest_mismatch', { declaredSha256: otherSha256 }],
    ['size', 'size_mismatch', { declaredSize: 4 }],
  ])('of another %s than declared is refused and leaves nothing staged', async (_, code, declared) => {
    const archive = newArchive();
    const id = await archive.open();
    await expect(archive.put(id, { content: 'hello', ...declared })).rejects.toMatchObject({ code });
    expect(await archive.staged()).toEqual([]);
    expect(await archive.factTypes(id)).toEqual([]);
  });

  it('twice with the same bytes is one file and one set of staged bytes', async () => {
    const archive = newArchive();
    const id = await archive.open();
    await archive.put(id);
    const again = await archive.put(id);
    expect(again).toMatchObject({ deduplicated: true, created: false, state: 'received' });
    expect(await archive.factTypes(id)).toEqual(['v1.file.received']);
    expect(await archive.staged()).toHaveLength(1);
    await archive.settle();
    expect(await archive.put(id)).toMatchObject({ created: false, state: 'ingested' });
    expect(await archive.staged()).toEqual([]);
  });

  it('with other bytes at a path that is taken is refused and leaves only what was there', async () => {
    const archive = newArchive();
    const id = await archive.open();
    await archive.put(id, { content: 'one' });
    const before = await archive.staged();
    await expect(archive.put(id, { content: 'two' })).rejects.toMatchObject({ code: 'path_conflict', kind: 'conflict' });
    expect(await archive.staged()).toEqual(before);
  });

  it('many times at once, with the same bytes, is one file', async () => {
    const archive = newArchive();
    const id = await archive.open();
    const answers = await Promise.all(Array.from({ length: 10 }, () => archive.put(id)));
    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    expect(await archive.factTypes(id)).toEqual(['v1.file.received']);
    await archive.settle();
    expect((await archive.world.states.files(id)).map((file) => file.phase)).toEqual(['ingested']);
    expect(await archive.staged()).toEqual([]);
  });

  it.each([
    ['by its declared size, before a byte is read', { declaredSize: maxBytes + 1, content: 'small' }],
    ['while it streams', { content: Buffer.alloc(maxBytes + 1) }],
  ])('that is too large is refused %s', async (_, put) => {
    const archive = newArchive();
    const id = await archive.open();
    await expect(archive.put(id, put)).rejects.toMatchObject({ code: 'body_too_large' });
    expect(await archive.staged()).toEqual([]);
  });

  it('as large as allowed is taken, and so is an empty one', async () => {
    const archive = newArchive();
    const id = await archive.open();
    expect(await archive.put(id, { content: Buffer.alloc(maxBytes), path: 'large' })).toMatchObject({ size: maxBytes });
    expect(await archive.put(id, { content: '', path: 'empty' })).toMatchObject({ size: 0 });
  });

  it('whose size is declared is committed like any other, and refused ones leave nothing', async () => {
    const archive = newArchive();
    const id = await archive.open();
    const stranger: Principal = { ...writer, repositories: ['other/*'] };
    const reader: Principal = { ...writer, verbs: ['read'] };
    const sized = { content: 'hello', declaredSize: 5 };
    for (const caller of [stranger, reader])
      await expect(archive.put(id, { ...sized, caller })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(archive.put(archive.world.ids.next(), sized)).rejects.toMatchObject({ code: 'package_not_found' });
    await expect(archive.put(id, { ...sized, declaredSha256: otherSha256 })).rejects.toMatchObject({ code: 'digest_mismatch' });
    await expect(archive.put(id, { ...sized, content: 'hello, you' })).rejects.toMatchObject({ code: 'size_mismatch' });
    expect([await archive.staged(), await archive.factTypes(id)]).toEqual([[], []]);
    expect(await archive.put(id, sized)).toMatchObject({ created: true, size: 5 });
    expect(await archive.put(id, sized)).toMatchObject({ created: false, deduplicated: true });
    expect(await archive.staged()).toHaveLength(1);
    await archive.settle();
    expect((await archive.world.states.files(id)).map((file) => file.phase)).toEqual(['ingested']);
    expect(await archive.staged()).toEqual([]);
  });

  it('reads no byte of a file of some size that it would refuse anyway', async () => {
    const archive = newArchive();
    const id = await archive.open();
    const { states, ids } = archive.world;
    const commitFile = archive.commitFile();
    const body = new Readable({ read: () => expect('the body').toBe('unread') });
    const put = new PutFile(states, archive.store, commitFile, ids, maxBytes, inlineDigests, archive.gatewayLog);
    const request = { packageId: id, path: 'a', mediaType: null, declaredSize: 1_001, declaredSha256: null, body, traceparent: null };
    const stranger: Principal = { ...writer, repositories: ['other/*'] };
    await expect(put.execute({ ...request, caller: stranger })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(put.execute({ ...request, caller: writer, path: '../a' })).rejects.toMatchObject({ code: 'path_invalid' });
    await expect(put.execute({ ...request, caller: writer, packageId: ids.next() })).rejects.toMatchObject({ code: 'package_not_found' });
    await expect(put.execute({ ...request, caller: writer, declaredSize: maxBytes + 1 })).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('whose sender goes away leaves nothing', async () => {
    const archive = newArchive();
    const id = await archive.open();
    const { states, ids } = archive.world;
    const put = new PutFile(states, archive.store, archive.commitFile(), ids, maxBytes, inlineDigests, archive.gatewayLog);
    const body = Readable.from(
      (function* () {
        yield Buffer.from('half');
        throw new Error('connection reset');
      })(),
    );
    const request = {
      caller: writer,
      packageId: id,
      path: 'a',
      mediaType: null,
      declaredSize: 8,
      declaredSha256: null,
      body,
      traceparent: null,
    };
    await expect(put.execute(request)).rejects.toThrow('connection reset');
    expect([await archive.staged(), await archive.factTypes(id)]).toEqual([[], []]);
  });

  describe('beside its .meta record', () => {
    const wrong = 'name=report.json\nsha256=' + '0'.repeat(64) + '\n';

    it('is refused when the record that came second disagrees', async () => {
      const archive = newArchive();
      const id = await archive.open();
      await archive.put(id);
      await expect(archive.put(id, { path: 'report.json.meta', content: wrong })).rejects.toMatchObject({ code: 'meta_disagrees' });
      expect(await archive.staged()).toHaveLength(1);
    });

    it('is refused when the file that came second disagrees', async () => {
      const archive = newArchive();
      const id = await archive.open();
      await archive.put(id, { path: 'report.json.meta', content: wrong });
      await expect(archive.put(id)).rejects.toMatchObject({ code: 'meta_disagrees' });
      expect(await archive.staged()).toHaveLength(1);
    });

    it.each(['no key at all', '', 'size=large\n', 'sha256=abc\n', 'name=a\nname=b\n'])('refuses the record %j', async (content) => {
      const archive = newArchive();
      const id = await archive.open();
      await expect(archive.put(id, { path: 'report.json.meta', content })).rejects.toMatchObject({ code: 'meta_malformed' });
      expect(await archive.staged()).toEqual([]);
    });
  });
});

describe('commit a file', () => {
  const commit = async (archive: TestArchive, packageId: string, key: string | null, content: string, log: EventLog = archive.world.log) =>
    archive.commitFile(log).execute({
      caller: writer,
      packageId,
      fileId: '01900000-0000-7000-8000-00000000ffff',
      path: parseFilePath('report.json'),
      mediaType: 'application/json',
      identity: identityOf(content),
      witness: 'readback',
      stagingKey: key,
      traceparent: null,
    });
  const stage = async (archive: TestArchive, content: string): Promise<string> => {
    const key = stagingKey(archive.world.ids.next());
    await archive.store.stage(key, Readable.from([Buffer.from(content)]));
    return key;
  };

  it('of one session by two racing requests keeps the bytes the file stands on', async () => {
    const archive = new TestArchive();
    const id = await archive.open();
    const key = await stage(archive, 'hello');
    const answers = await Promise.all([commit(archive, id, key, 'hello'), commit(archive, id, key, 'hello')]);
    expect(answers.map((answer) => answer.created).sort()).toEqual([false, true]);
    expect(await archive.staged()).toEqual([key]);
    await archive.settle();
    expect(await archive.factTypes(id)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('that may have been recorded keeps the bytes when its answer is lost', async () => {
    const archive = new TestArchive();
    const id = await archive.open();
    const key = await stage(archive, 'hello');
    const log = killedAtAppend(archive.world.log, 'after');
    await expect(commit(archive, id, key, 'hello', log)).rejects.toThrow(Killed);
    expect(await archive.staged()).toEqual([key]);
    expect(await commit(archive, id, key, 'hello')).toMatchObject({ created: false, state: 'received' });
    expect(await archive.staged()).toEqual([key]);
  });

  it('that was not recorded leaves the bytes to the reaper', async () => {
    const archive = new TestArchive();
    const id = await archive.open();
    const key = await stage(archive, 'hello');
    await expect(commit(archive, id, key, 'hello', killedAtAppend(archive.world.log, 'before'))).rejects.toThrow(Killed);
    expect(await archive.staged()).toEqual([key]);
    expect(await archive.world.due.neededStagingKeys([key])).toEqual(new Set());
  });

  it('that is too late every time keeps the bytes, to be tried again', async () => {
    const archive = new TestArchive();
    const id = await archive.open();
    const key = await stage(archive, 'hello');
    const crowded = alwaysOvertaken(archive.world.log, () => undefined);
    await expect(commit(archive, id, key, 'hello', crowded)).rejects.toThrow(PushBack);
    expect(await archive.staged()).toEqual([key]);
    expect(await commit(archive, id, key, 'hello')).toMatchObject({ created: true, state: 'received' });
  });

  it('that is refused gives the bytes up', async () => {
    const archive = new TestArchive();
    const id = await archive.open();
    await archive.put(id, { content: 'one' });
    const key = await stage(archive, 'two');
    await expect(commit(archive, id, key, 'two')).rejects.toMatchObject({ code: 'path_conflict' });
    expect(await archive.staged()).not.toContain(key);
  });
});
