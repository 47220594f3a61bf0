import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LiveWitnesses } from '@muniment/application';
import { identityOf, writer } from './archive.js';
import { Killed } from './interrupted-log.js';
import { content, UploadTrial } from './upload-trial.js';

let trial: UploadTrial;
beforeEach(async () => {
  trial = await UploadTrial.begin();
});

describe('an upload that is interrupted, or asked for twice at once', () => {
  it('is committed under the lock that keeps others from giving it up, or from removing the bytes it stands on', async () => {
    const appending = jest.spyOn(trial.archive.world.log, 'append');
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    await trial.complete();
    expect(appending.mock.lastCall?.[0].under?.names).toEqual([`upload:${trial.sessionId}`]);
    await trial.archive.settle();
    const { sha256 } = identityOf(content);
    await trial.opener().known(trial.request({ declaredSha256: sha256, path: 'again.json' }), null);
    expect(appending.mock.lastCall?.[0].under?.names).toEqual([`blob:${sha256}`]);
  });

  it('is completed once, however many ask at the same moment: all are told the same', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content.toString());
    const answers = await Promise.all([trial.complete(), trial.complete(), trial.complete()]);
    expect(answers.map(({ sha256, state }) => [sha256, state])).toEqual(answers.map(() => [answers[0]?.sha256, 'received']));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect((await trial.archive.facts(trial.packageId)).filter(({ type }) => type === 'v1.file.received')).toHaveLength(1);
  });

  it('of other bytes than declared is refused again when its gateway was killed before the session had ended', async () => {
    await trial.opener().resumable(trial.request({ declaredSha256: identityOf('something else').sha256 }));
    await trial.append(0, content);
    const dying = jest.spyOn(trial.archive.world.uploads, 'end').mockRejectedValueOnce(new Killed());
    await expect(trial.complete()).rejects.toThrow(Killed);
    dying.mockRestore();
    await expect(trial.complete()).rejects.toMatchObject({ code: 'digest_mismatch' });
    expect([await trial.phase(), await trial.archive.staged()]).toEqual(['aborted', []]);
  });

  it.each([
    ['other bytes', 'something else', { code: 'path_conflict' }, 'aborted'],
    ['the same bytes', content, { deduplicated: true, created: false }, 'committed'],
  ] as const)(
    'to a path that holds %s by now ends the same way when its gateway was killed before the session had ended',
    async (_, there, outcome, phase) => {
      await trial.opener().resumable(trial.request());
      await trial.append(0, content);
      await trial.archive.put(trial.packageId, { path: 'report.json', content: there });
      await trial.archive.settle();
      const dying = jest.spyOn(trial.archive.world.uploads, 'end').mockRejectedValueOnce(new Killed());
      await expect(trial.complete()).rejects.toThrow(Killed);
      dying.mockRestore();
      expect(await trial.complete().catch((error: unknown) => error)).toMatchObject(outcome);
      expect([await trial.phase(), await trial.archive.staged()]).toEqual([phase, []]);
    },
  );

  it('may be completed again when the answer was lost, also after it was verified', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    const first = await trial.complete();
    expect(await trial.complete()).toMatchObject({ sha256: first.sha256, created: false, state: 'received' });
    await trial.archive.settle();
    expect(await trial.complete()).toMatchObject({ sha256: first.sha256, created: false, state: 'ingested' });
    expect(await trial.archive.factTypes(trial.packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('to a path that holds the same bytes by now may be completed again when the answer was lost', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    await trial.archive.put(trial.packageId, { path: 'report.json', content });
    const first = await trial.complete();
    expect(first).toMatchObject({ deduplicated: true, created: false, state: 'received' });
    expect(await trial.complete()).toEqual(first);
    await trial.archive.settle();
    expect(await trial.complete()).toMatchObject({ ...first, state: 'ingested' });
  });

  it('completed twice at once is one file that can be verified', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    const answers = await Promise.all([trial.complete(), trial.complete()]);
    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    await trial.archive.settle();
    expect(await trial.archive.factTypes(trial.packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('forgets a part that was stored but whose checksum nobody compared, because the gateway was killed', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content.slice(0, 5), { checksum: content.slice(0, 5) });
    const dying = jest.spyOn(trial.archive.store, 'truncate').mockRejectedValueOnce(new Killed());
    await expect(trial.append(5, content.slice(5).toUpperCase(), { checksum: content.slice(5) })).rejects.toThrow(Killed);
    dying.mockRestore();
    trial.witnesses = new LiveWitnesses();
    await expect(trial.complete()).rejects.toMatchObject({ code: 'upload_offset_mismatch', facts: { offset: 5 } });
    expect(await trial.phase()).toBe('receiving');
    expect((await trial.appender().status(trial.sessionId, writer)).offset).toBe(5);
    await trial.append(5, content.slice(5), { checksum: content.slice(5) });
    expect(await trial.complete()).toMatchObject(identityOf(content));
  });

  it('is opened by the same request again after a kill before the session was recorded', async () => {
    const dying = jest.spyOn(trial.archive.world.uploads, 'open').mockRejectedValueOnce(new Killed());
    await expect(trial.opener().resumable(trial.request())).rejects.toThrow(Killed);
    dying.mockRestore();
    expect((await trial.opener().resumable(trial.request())).id).toBe(trial.sessionId);
    await trial.append(0, content);
    expect(await trial.complete()).toMatchObject(identityOf(content));
  });

  it('is opened once by two requests of one moment, one of which stood still for long: what the other has received stays', async () => {
    const begin = trial.archive.store.begin.bind(trial.archive.store);
    const slow = jest.spyOn(trial.archive.store, 'begin').mockImplementationOnce(async (key) => {
      const other = trial.opener().resumable(trial.request());
      await Promise.race([other.then(() => trial.append(0, content)), new Promise((resolve) => setTimeout(resolve, 50))]);
      return begin(key);
    });
    await trial.opener().resumable(trial.request());
    slow.mockRestore();
    await trial.opener().resumable(trial.request());
    const { offset } = await trial.appender().status(trial.sessionId, writer);
    await trial.append(offset, content.slice(offset));
    expect(await trial.complete()).toMatchObject(identityOf(content));
  });

  it('keeps the bytes of its file when it is given up just while it is completed', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    const [completed, aborted] = await Promise.allSettled([trial.complete(), trial.abort()]);
    expect([completed.status, aborted]).toEqual([
      'fulfilled',
      { status: 'rejected', reason: expect.objectContaining({ code: 'upload_not_open' }) },
    ]);
    await trial.archive.settle();
    expect(await trial.archive.blobs()).toEqual([identityOf(content).sha256]);
  });

  it.each([
    ['given up', () => expect(trial.abort()).rejects.toMatchObject({ code: 'upload_not_open' })],
    ['found expired', async () => (trial.archive.world.clock.pass(3600), expect(await trial.expire()).toBe(1))],
  ])('keeps the bytes of its file when it is %s after a kill between its commit and its end', async (_, end) => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    const dying = jest.spyOn(trial.archive.world.uploads, 'end').mockRejectedValueOnce(new Killed());
    await expect(trial.complete()).rejects.toThrow(Killed);
    dying.mockRestore();
    expect(await trial.phase()).toBe('pending_commit');
    await end();
    expect(await trial.phase()).toBe('committed');
    await trial.archive.settle();
    expect(await trial.archive.blobs()).toEqual([identityOf(content).sha256]);
  });
});
