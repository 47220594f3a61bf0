import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LiveWitnesses } from '@muniment/application';
import type { Principal } from '@muniment/domain';
import { identityOf, maxBytes, writer } from './archive.js';
import { content, UploadTrial } from './upload-trial.js';

const colleague: Principal = { ...writer, tokenId: 'other', name: 'other-ci' };

let trial: UploadTrial;
beforeEach(async () => {
  trial = await UploadTrial.begin();
});

describe('a resumable upload', () => {
  it('arrives in pieces and ends as the same file that a single PUT makes', async () => {
    await trial.opener().resumable(trial.request());
    expect(await trial.append(0, content.slice(0, 5))).toBe(5);
    expect(await trial.phase()).toBe('receiving');
    expect(await trial.append(5, content.slice(5))).toBe(content.length);
    expect(await trial.phase()).toBe('pending_commit');
    expect(await trial.complete()).toMatchObject({ ...identityOf(content), path: 'report.json', state: 'received', created: true });
    expect([await trial.phase(), await trial.witness()]).toEqual(['committed', 'stream']);
    await trial.archive.settle();
    expect(await trial.archive.blobs()).toEqual([identityOf(content).sha256]);
  });

  it('that moved to another process is read back before it is committed', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content.slice(0, 5));
    trial.witnesses = new LiveWitnesses();
    await trial.append(5, content.slice(5));
    expect(await trial.complete()).toMatchObject(identityOf(content));
    expect(await trial.witness()).toBe('readback');
  });

  it('takes nothing at another offset than the one reached, and tells where it stands', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, 'hello');
    await expect(trial.append(0, 'hello')).rejects.toMatchObject({ code: 'upload_offset_mismatch', facts: { offset: 5 } });
    await expect(trial.append(6, 'x')).rejects.toMatchObject({ code: 'upload_offset_mismatch' });
    expect((await trial.appender().status(trial.sessionId, writer)).offset).toBe(5);
  });

  it('forgets a piece whose checksum is wrong, and its digest is right all the same', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content.slice(0, 5));
    await expect(trial.append(5, 'garbage', { checksum: 'something else' })).rejects.toMatchObject({ code: 'upload_checksum_mismatch' });
    expect((await trial.appender().status(trial.sessionId, writer)).offset).toBe(5);
    await trial.append(5, content.slice(5), { checksum: content.slice(5) });
    expect(await trial.complete()).toMatchObject(identityOf(content));
    expect(await trial.witness()).toBe('readback');
  });

  it('keeps what arrived before the connection broke', async () => {
    await trial.opener().resumable(trial.request());
    const body = Readable.from(
      (function* () {
        yield Buffer.from('hello');
        throw new Error('connection reset');
      })(),
    );
    await expect(trial.appender().execute({ caller: writer, sessionId: trial.sessionId, offset: 0, body, checksum: null })).rejects.toThrow(
      'connection reset',
    );
    const { offset } = await trial.appender().status(trial.sessionId, writer);
    await trial.append(offset, content.slice(offset));
    expect(await trial.complete()).toMatchObject(identityOf(content));
  });

  it('of other bytes than declared is refused, ended and given up', async () => {
    await trial.opener().resumable(trial.request({ declaredSha256: identityOf('something else').sha256 }));
    await trial.append(0, content);
    await expect(trial.complete()).rejects.toMatchObject({ code: 'digest_mismatch' });
    expect([await trial.phase(), await trial.archive.staged(), await trial.archive.factTypes(trial.packageId)]).toEqual([
      'aborted',
      [],
      [],
    ]);
  });

  it('is opened once, however often the same id is asked for', async () => {
    const first = await trial.opener().resumable(trial.request());
    await trial.append(0, 'hello');
    expect((await trial.opener().resumable(trial.request())).id).toBe(first.id);
    expect((await trial.appender().status(trial.sessionId, writer)).offset).toBe(5);
  });

  it('is nobody else’s business', async () => {
    await trial.opener().resumable(trial.request());
    await expect(trial.append(0, 'x', { caller: colleague })).rejects.toMatchObject({ code: 'upload_not_found' });
    await expect(trial.complete(colleague)).rejects.toMatchObject({ code: 'upload_not_found' });
    await expect(trial.abort(colleague)).rejects.toMatchObject({ code: 'upload_not_found' });
  });

  it('ends when its time is over', async () => {
    await trial.opener().resumable(trial.request());
    trial.archive.world.clock.pass(60);
    await expect(trial.append(0, content)).rejects.toMatchObject({ code: 'upload_expired', kind: 'gone' });
    await expect(trial.complete()).rejects.toMatchObject({ code: 'upload_expired' });
  });

  it('may be given up, and then takes nothing more', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, 'hello');
    await trial.abort();
    await trial.abort();
    expect([await trial.phase(), await trial.archive.staged()]).toEqual(['aborted', []]);
    await expect(trial.append(5, 'x')).rejects.toMatchObject({ code: 'upload_given_up', kind: 'gone' });
  });

  it('that was committed survives being given up afterwards, and its client is told', async () => {
    await trial.opener().resumable(trial.request());
    await trial.append(0, content);
    await trial.complete();
    await expect(trial.abort()).rejects.toMatchObject({ code: 'upload_not_open' });
    expect(await trial.phase()).toBe('committed');
    await trial.archive.settle();
    expect(await trial.archive.factTypes(trial.packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('is not even opened where it would be refused', async () => {
    await expect(trial.opener().resumable(trial.request({ size: maxBytes + 1 }))).rejects.toMatchObject({ code: 'body_too_large' });
    await expect(trial.opener().resumable(trial.request({ path: '../x' }))).rejects.toMatchObject({ code: 'path_invalid' });
    await expect(trial.opener().resumable(trial.request({ caller: { ...writer, verbs: ['read'] } }))).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(trial.opener().direct({ ...trial.request(), size: 5 })).rejects.toMatchObject({ code: 'direct_upload_unsupported' });
    expect([await trial.archive.staged(), await trial.phase()]).toEqual([[], undefined]);
  });
});
