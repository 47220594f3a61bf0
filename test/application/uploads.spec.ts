import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  AbortUpload,
  AppendUpload,
  CompleteUpload,
  ExpireUploads,
  LiveWitnesses,
  OpenUpload,
  type DirectStaging,
} from '@muniment/application';
import type { FileReceived, Principal, Sha256 } from '@muniment/domain';
import type { MemoryStore } from '@muniment/object-store';
import { identityOf, maxBytes, TestArchive, writer } from './archive.js';
import { Killed } from './interrupted-log.js';

const content = 'hello, resumable world';
const colleague: Principal = { ...writer, tokenId: 'other', name: 'other-ci' };

describe('a resumable upload', () => {
  let archive: TestArchive;
  let packageId: string;
  /** Digests that this process has running; another object plays another process. */
  let witnesses: LiveWitnesses;
  const sessionId = '01900000-0000-7000-8000-00000000aaaa';

  beforeEach(async () => {
    archive = new TestArchive();
    packageId = await archive.open();
    witnesses = new LiveWitnesses();
  });

  const opener = (store: ConstructorParameters<typeof OpenUpload>[3] = archive.store): OpenUpload => {
    const { states, views, uploads, clock, locks } = archive.world;
    return new OpenUpload(states, views, uploads, store, archive.commitFile(), { maxBytes, expirySeconds: 60 }, clock, locks);
  };
  const request = (change: { size?: number | null; declaredSha256?: Sha256 | null; caller?: Principal; path?: string } = {}) => ({
    caller: writer,
    sessionId,
    packageId,
    path: 'report.json',
    mediaType: null,
    size: content.length,
    declaredSha256: null,
    ...change,
  });
  const appender = (): AppendUpload =>
    new AppendUpload(archive.world.uploads, archive.store, witnesses, archive.world.clock, archive.world.locks);
  const append = (offset: number, text: string, change: { checksum?: string; caller?: Principal } = {}) =>
    appender().execute({
      caller: change.caller ?? writer,
      sessionId,
      offset,
      body: Readable.from([Buffer.from(text)]),
      checksum:
        change.checksum === undefined ? null : { algorithm: 'sha256', digest: createHash('sha256').update(change.checksum).digest() },
    });
  const complete = (caller: Principal = writer) => {
    const { uploads, states, locks, clock } = archive.world;
    const useCase = new CompleteUpload(uploads, states, archive.store, witnesses, archive.commitFile(), clock, locks);
    return useCase.execute(sessionId, caller, [], null);
  };
  const abort = (caller: Principal = writer) => new AbortUpload(archive.world.uploads, archive.giveUp()).execute(sessionId, caller);
  const expire = () => new ExpireUploads(archive.world.uploads, archive.giveUp(), archive.world.ids, archive.world.clock).execute();
  const phase = async () => (await archive.world.uploads.find(sessionId))?.phase;
  const witness = async () =>
    (await archive.facts(packageId)).find((fact): fact is FileReceived => fact.type === 'v1.file.received')?.payload.witness;

  it('is committed under the lock that keeps others from giving it up, or from removing the bytes it stands on', async () => {
    const appending = jest.spyOn(archive.world.log, 'append');
    await opener().resumable(request());
    await append(0, content);
    await complete();
    expect(appending.mock.lastCall?.[0].under?.names).toEqual([`upload:${sessionId}`]);
    await archive.settle();
    const { sha256 } = identityOf(content);
    await opener().known(request({ declaredSha256: sha256, path: 'again.json' }), null);
    expect(appending.mock.lastCall?.[0].under?.names).toEqual([`blob:${sha256}`]);
  });

  it('is completed once, however many ask at the same moment: all are told the same', async () => {
    await opener().resumable(request());
    await append(0, content.toString());
    const answers = await Promise.all([complete(), complete(), complete()]);
    expect(answers.map(({ sha256, state }) => [sha256, state])).toEqual(answers.map(() => [answers[0]?.sha256, 'received']));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect((await archive.facts(packageId)).filter(({ type }) => type === 'v1.file.received')).toHaveLength(1);
  });

  it('arrives in pieces and ends as the same file that a single PUT makes', async () => {
    await opener().resumable(request());
    expect(await append(0, content.slice(0, 5))).toBe(5);
    expect(await phase()).toBe('receiving');
    expect(await append(5, content.slice(5))).toBe(content.length);
    expect(await phase()).toBe('pending_commit');
    expect(await complete()).toMatchObject({ ...identityOf(content), path: 'report.json', state: 'received', created: true });
    expect([await phase(), await witness()]).toEqual(['committed', 'stream']);
    await archive.settle();
    expect(await archive.blobs()).toEqual([identityOf(content).sha256]);
  });

  it('that moved to another process is read back before it is committed', async () => {
    await opener().resumable(request());
    await append(0, content.slice(0, 5));
    witnesses = new LiveWitnesses();
    await append(5, content.slice(5));
    expect(await complete()).toMatchObject(identityOf(content));
    expect(await witness()).toBe('readback');
  });

  it('takes nothing at another offset than the one reached, and tells where it stands', async () => {
    await opener().resumable(request());
    await append(0, 'hello');
    await expect(append(0, 'hello')).rejects.toMatchObject({ code: 'upload_offset_mismatch', facts: { offset: 5 } });
    await expect(append(6, 'x')).rejects.toMatchObject({ code: 'upload_offset_mismatch' });
    expect((await appender().status(sessionId, writer)).offset).toBe(5);
  });

  it('forgets a piece whose checksum is wrong, and its digest is right all the same', async () => {
    await opener().resumable(request());
    await append(0, content.slice(0, 5));
    await expect(append(5, 'garbage', { checksum: 'something else' })).rejects.toMatchObject({ code: 'upload_checksum_mismatch' });
    expect((await appender().status(sessionId, writer)).offset).toBe(5);
    await append(5, content.slice(5), { checksum: content.slice(5) });
    expect(await complete()).toMatchObject(identityOf(content));
    expect(await witness()).toBe('readback');
  });

  it('keeps what arrived before the connection broke', async () => {
    await opener().resumable(request());
    const body = Readable.from(
      (function* () {
        yield Buffer.from('hello');
        throw new Error('connection reset');
      })(),
    );
    await expect(appender().execute({ caller: writer, sessionId, offset: 0, body, checksum: null })).rejects.toThrow('connection reset');
    const { offset } = await appender().status(sessionId, writer);
    await append(offset, content.slice(offset));
    expect(await complete()).toMatchObject(identityOf(content));
  });

  it('of other bytes than declared is refused, ended and given up', async () => {
    await opener().resumable(request({ declaredSha256: identityOf('something else').sha256 }));
    await append(0, content);
    await expect(complete()).rejects.toMatchObject({ code: 'digest_mismatch' });
    expect([await phase(), await archive.staged(), await archive.factTypes(packageId)]).toEqual(['aborted', [], []]);
  });

  it('of other bytes than declared is refused again when its gateway was killed before the session had ended', async () => {
    await opener().resumable(request({ declaredSha256: identityOf('something else').sha256 }));
    await append(0, content);
    const dying = jest.spyOn(archive.world.uploads, 'end').mockRejectedValueOnce(new Killed());
    await expect(complete()).rejects.toThrow(Killed);
    dying.mockRestore();
    await expect(complete()).rejects.toMatchObject({ code: 'digest_mismatch' });
    expect([await phase(), await archive.staged()]).toEqual(['aborted', []]);
  });

  it('may be completed again when the answer was lost, also after it was verified', async () => {
    await opener().resumable(request());
    await append(0, content);
    const first = await complete();
    expect(await complete()).toMatchObject({ sha256: first.sha256, created: false, state: 'received' });
    await archive.settle();
    expect(await complete()).toMatchObject({ sha256: first.sha256, created: false, state: 'ingested' });
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('completed twice at once is one file that can be verified', async () => {
    await opener().resumable(request());
    await append(0, content);
    const answers = await Promise.all([complete(), complete()]);
    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    await archive.settle();
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('forgets a part that was stored but whose checksum nobody compared, because the gateway was killed', async () => {
    await opener().resumable(request());
    await append(0, content.slice(0, 5), { checksum: content.slice(0, 5) });
    const dying = jest.spyOn(archive.store, 'truncate').mockRejectedValueOnce(new Killed());
    await expect(append(5, content.slice(5).toUpperCase(), { checksum: content.slice(5) })).rejects.toThrow(Killed);
    dying.mockRestore();
    witnesses = new LiveWitnesses();
    await expect(complete()).rejects.toMatchObject({ code: 'upload_offset_mismatch', facts: { offset: 5 } });
    expect(await phase()).toBe('receiving');
    expect((await appender().status(sessionId, writer)).offset).toBe(5);
    await append(5, content.slice(5), { checksum: content.slice(5) });
    expect(await complete()).toMatchObject(identityOf(content));
  });

  it('is opened once, however often the same id is asked for', async () => {
    const first = await opener().resumable(request());
    await append(0, 'hello');
    expect((await opener().resumable(request())).id).toBe(first.id);
    expect((await appender().status(sessionId, writer)).offset).toBe(5);
  });

  it('is opened by the same request again after a kill before the session was recorded', async () => {
    const dying = jest.spyOn(archive.world.uploads, 'open').mockRejectedValueOnce(new Killed());
    await expect(opener().resumable(request())).rejects.toThrow(Killed);
    dying.mockRestore();
    expect((await opener().resumable(request())).id).toBe(sessionId);
    await append(0, content);
    expect(await complete()).toMatchObject(identityOf(content));
  });

  it('is opened once by two requests of one moment, one of which stood still for long: what the other has received stays', async () => {
    const begin = archive.store.begin.bind(archive.store);
    const slow = jest.spyOn(archive.store, 'begin').mockImplementationOnce(async (key) => {
      const other = opener().resumable(request());
      await Promise.race([other.then(() => append(0, content)), new Promise((resolve) => setTimeout(resolve, 50))]);
      return begin(key);
    });
    await opener().resumable(request());
    slow.mockRestore();
    await opener().resumable(request());
    const { offset } = await appender().status(sessionId, writer);
    await append(offset, content.slice(offset));
    expect(await complete()).toMatchObject(identityOf(content));
  });

  it('is nobody else’s business', async () => {
    await opener().resumable(request());
    await expect(append(0, 'x', { caller: colleague })).rejects.toMatchObject({ code: 'upload_not_found' });
    await expect(complete(colleague)).rejects.toMatchObject({ code: 'upload_not_found' });
    await expect(abort(colleague)).rejects.toMatchObject({ code: 'upload_not_found' });
  });

  it('ends when its time is over', async () => {
    await opener().resumable(request());
    archive.world.clock.pass(60);
    await expect(append(0, content)).rejects.toMatchObject({ code: 'upload_expired', kind: 'gone' });
    await expect(complete()).rejects.toMatchObject({ code: 'upload_expired' });
  });

  it('may be given up, and then takes nothing more', async () => {
    await opener().resumable(request());
    await append(0, 'hello');
    await abort();
    await abort();
    expect([await phase(), await archive.staged()]).toEqual(['aborted', []]);
    await expect(append(5, 'x')).rejects.toMatchObject({ code: 'upload_given_up', kind: 'gone' });
  });

  it('that was committed survives being given up afterwards, and its client is told', async () => {
    await opener().resumable(request());
    await append(0, content);
    await complete();
    await expect(abort()).rejects.toMatchObject({ code: 'upload_not_open' });
    expect(await phase()).toBe('committed');
    await archive.settle();
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('keeps the bytes of its file when it is given up just while it is completed', async () => {
    await opener().resumable(request());
    await append(0, content);
    const [completed, aborted] = await Promise.allSettled([complete(), abort()]);
    expect([completed.status, aborted]).toEqual([
      'fulfilled',
      { status: 'rejected', reason: expect.objectContaining({ code: 'upload_not_open' }) },
    ]);
    await archive.settle();
    expect(await archive.blobs()).toEqual([identityOf(content).sha256]);
  });

  it.each([
    ['given up', () => expect(abort()).rejects.toMatchObject({ code: 'upload_not_open' })],
    ['found expired', async () => (archive.world.clock.pass(3600), expect(await expire()).toBe(1))],
  ])('keeps the bytes of its file when it is %s after a kill between its commit and its end', async (_, end) => {
    await opener().resumable(request());
    await append(0, content);
    const dying = jest.spyOn(archive.world.uploads, 'end').mockRejectedValueOnce(new Killed());
    await expect(complete()).rejects.toThrow(Killed);
    dying.mockRestore();
    expect(await phase()).toBe('pending_commit');
    await end();
    expect(await phase()).toBe('committed');
    await archive.settle();
    expect(await archive.blobs()).toEqual([identityOf(content).sha256]);
  });

  describe('straight to the store', () => {
    /** Each upload that the store begins has one address, which names it. */
    const directStore = () => {
      let begun = 0;
      const beginDirect = jest.fn<DirectStaging['beginDirect']>((_key, size, _seconds, handle = `upload ${++begun}`) =>
        Promise.resolve({ handle, partSize: size, urls: [handle] }),
      );
      const direct: DirectStaging = { beginDirect, completeDirect: () => Promise.reject(new Error('not asked for here')) };
      return { beginDirect, store: Object.assign(Object.create(archive.store) as MemoryStore, { direct }) };
    };
    const ask = (store: Parameters<typeof opener>[0]) => opener(store).direct({ ...request(), size: content.length });
    const handle = async () => (await archive.world.uploads.find(sessionId))?.storeHandle;

    it('is the same upload when it is asked for again: what was sent to its addresses counts', async () => {
      const { store } = directStore();
      const first = await ask(store);
      expect(await ask(store)).toEqual(first);
      expect([first.urls, await handle()]).toEqual([['upload 1'], 'upload 1']);
    });

    it('keeps the upload that its client was told of when a request that stood still comes to it later', async () => {
      const { store, beginDirect } = directStore();
      const goOn = Promise.withResolvers<void>();
      const begin = beginDirect.getMockImplementation();
      beginDirect.mockImplementationOnce(async (...values) => {
        await goOn.promise;
        return begin?.(...values) ?? Promise.reject(new Error('no store'));
      });
      const slow = ask(store);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const told = ask(store);
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 50))]);
      goOn.resolve();
      await slow;
      expect((await told).urls).toEqual([await handle()]);
    });
  });

  it('is not even opened where it would be refused', async () => {
    await expect(opener().resumable(request({ size: maxBytes + 1 }))).rejects.toMatchObject({ code: 'body_too_large' });
    await expect(opener().resumable(request({ path: '../x' }))).rejects.toMatchObject({ code: 'path_invalid' });
    await expect(opener().resumable(request({ caller: { ...writer, verbs: ['read'] } }))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(opener().direct({ ...request(), size: 5 })).rejects.toMatchObject({ code: 'direct_upload_unsupported' });
    expect([await archive.staged(), await phase()]).toEqual([[], undefined]);
  });

  describe('of content that is known', () => {
    const known = (change: Parameters<typeof request>[0] = {}) =>
      opener().known(request({ declaredSha256: identityOf(content).sha256, ...change }), null);

    it('needs no bytes: another package of the repository has them', async () => {
      const earlier = await archive.open();
      await archive.put(earlier, { content });
      expect(await known()).toBeNull(); // received is not verified yet
      await archive.settle();
      expect(await known()).toMatchObject({ state: 'received', deduplicated: true, created: true });
      await archive.settle();
      expect((await archive.world.states.files(packageId)).map((file) => [file.phase, file.blake3])).toEqual([
        ['ingested', identityOf(content).blake3],
      ]);
      expect(await archive.blobs()).toHaveLength(1);
    });

    it('needs its bytes when another repository has them: a digest proves nothing', async () => {
      await archive.put(await archive.open('acme/other'), { content });
      await archive.settle();
      expect(await known()).toBeNull();
    });

    it('needs its bytes when the store lost the blob, and they heal it', async () => {
      const earlier = await archive.open();
      await archive.put(earlier, { content });
      await archive.settle();
      await archive.store.removeBlobs([identityOf(content).sha256]);
      expect(await known()).toBeNull();
      await archive.put(packageId, { content });
      await archive.settle();
      expect(await archive.blobs()).toEqual([identityOf(content).sha256]);
    });

    it('needs its bytes when the size is another, or it is a .meta record', async () => {
      await archive.put(await archive.open(), { content });
      await archive.settle();
      expect(await known({ size: 3 })).toBeNull();
      expect(await known({ path: 'report.json.meta' })).toBeNull();
      expect(await known({ size: null })).toBeNull();
    });
  });
});
