import { describe, expect, it } from '@jest/globals';
import { jobsOf, reactingTypes, type SequencedEvent } from '@muniment/application';
import { eventDeclarations } from '@muniment/contracts';
import { encodeCbor } from '@muniment/formats';
import { goldenEvents, goldenPackageId } from '@muniment/testing';
import { TestArchive } from './archive.js';

const eventOf = (type: keyof typeof goldenEvents, traceparent: string | null = null): SequencedEvent => ({
  sequence: 1n,
  type,
  time: '2026-03-01T12:00:00.000Z',
  actor: 'token:acme-ci',
  subject: { kind: 'package', id: goldenPackageId },
  revision: 1,
  reason: null,
  payload: encodeCbor(goldenEvents[type].payload),
  payloadDigest: '',
  traceparent,
});

describe('reactions', () => {
  it('are these, and no others', () => {
    const started = eventDeclarations.map(({ type }) => [type, jobsOf(eventOf(type)).map((job) => job.id)] as const);
    expect(Object.fromEntries(started.filter(([, ids]) => ids.length > 0))).toEqual({
      'v1.file.received': [`verify-file.${goldenEvents['v1.file.received'].payload.file_id}`],
      'v1.package.finalization_due': [`finalize-package.${goldenPackageId}`],
      'v1.package.finalized': [`attest-package.${goldenPackageId}`],
      'v1.attestation.requested': [`attest-package.${goldenPackageId}`],
      'v1.package.validated': ['curate-package', 'attest-validation'].map(
        (name) => `${name}.${goldenEvents['v1.package.validated'].payload.validation_id}`,
      ),
      'v1.collection.started': [`execute-collection.${goldenPackageId}`],
    });
    expect([...reactingTypes].sort()).toEqual([
      'v1.attestation.requested',
      'v1.collection.started',
      'v1.file.received',
      'v1.package.finalization_due',
      'v1.package.finalized',
      'v1.package.validated',
    ]);
  });

  it('carry on the trace of their event', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(jobsOf(eventOf('v1.file.received', trace)).map((job) => job.traceparent)).toEqual([trace]);
  });

  it('do not know events of later versions, nor trip over their payloads', () => {
    const later = { ...eventOf('v1.file.received'), type: 'v2.file.received', payload: Uint8Array.of(0xff) };
    expect(jobsOf(later)).toEqual([]);
  });
});

describe('the relay', () => {
  async function given(files: number) {
    const archive = new TestArchive();
    const packageId = await archive.open();
    for (let n = 0; n < files; n++) await archive.put(packageId, { path: `file-${n}` });
    await archive.world.log.pass();
    return { archive, packageId, ...archive.world };
  }

  it('adds the jobs of everything sequenced, once', async () => {
    const { archive, queue, checkpoints, log } = await given(3);
    await archive.relay().pass();
    expect(queue.take().map((job) => job.job.name)).toEqual(['verify-file', 'verify-file', 'verify-file']);
    expect(checkpoints.position('relay')).toBe(await log.head());
    await archive.relay().pass();
    expect(queue.take()).toEqual([]);
  });

  it('does not move on while the queue takes nothing', async () => {
    const { archive, queue, checkpoints } = await given(2);
    queue.broken = new Error('queue away');
    await expect(archive.relay().pass()).rejects.toThrow('queue away');
    expect(checkpoints.position('relay')).toBe(0n);
    queue.broken = null;
    await archive.relay().pass();
    expect(queue.take()).toHaveLength(2);
  });

  it('derives what is still due when the queue lost its memory, and nothing that is done', async () => {
    const { archive, packageId, queue, clock } = await given(1);
    await archive.settle();
    await archive.put(packageId, { path: 'late' });
    await archive.world.log.pass();
    await archive.relay().pass();
    queue.wipe();
    clock.pass(1);
    await archive.relay().pass();
    const late = `verify-file.${await archive.fileId(packageId, 'late')}`;
    expect(queue.take().map((job) => job.id)).toContain(late);
    await archive.relay().pass();
    expect(queue.take()).toEqual([]); // only once per loss
  });

  it('leaves to the next tick what bears the very instant at which it noticed the loss', async () => {
    const { archive, packageId, queue, clock } = await given(1);
    await archive.relay().pass();
    queue.wipe(); // the clock stands still
    await archive.settle();
    expect((await archive.world.states.files(packageId))[0]?.phase).toBe('received');
    clock.pass(1);
    await archive.derive().execute(clock.now());
    await archive.settle();
    expect((await archive.world.states.files(packageId))[0]?.phase).toBe('ingested');
  });

  it('survives a wipe at any step of a package', async () => {
    const { archive, packageId, queue, log } = await given(2);
    await archive.relay().pass();
    queue.wipe();
    archive.world.clock.pass(1);
    await archive.settle();
    await archive.requestFinalization(packageId);
    await log.pass();
    await archive.relay().pass();
    queue.wipe();
    archive.world.clock.pass(1);
    await archive.settle();
    expect((await archive.world.views.one(packageId))?.state.phase).toBe('finalized');
  });
});

describe('due work', () => {
  it('is derived for what is not decided yet, older than asked, and only that', async () => {
    const archive = new TestArchive();
    const { clock, queue, log } = archive.world;
    const done = await archive.open();
    await archive.put(done);
    await archive.requestFinalization(done);
    await archive.settle();
    const waiting = await archive.open();
    await archive.put(waiting, { path: 'a' });
    const cut = clock.now();
    clock.pass(60);
    await archive.put(waiting, { path: 'b' });
    await log.pass();
    expect(await archive.derive().execute(cut)).toBe(0);
    clock.pass(60);
    expect(await archive.derive().execute(clock.now())).toBe(2);
    expect(queue.take().map((job) => job.job.name)).toEqual(['verify-file', 'verify-file']);
  });

  it('includes a finalization that is due', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId);
    await archive.settle();
    await archive.requestFinalization(packageId);
    await archive.world.log.pass();
    archive.world.clock.pass(1);
    await archive.derive().execute(archive.world.clock.now());
    expect(archive.world.queue.take().map((job) => job.id)).toContain(`finalize-package.${packageId}`);
  });

  it('is read in pages, however much there is', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    for (let n = 0; n < 501; n++) await archive.put(packageId, { path: `file-${n}` });
    await archive.world.log.pass();
    archive.world.clock.pass(1);
    expect(await archive.derive().execute(archive.world.clock.now())).toBe(501);
    expect(archive.world.queue.take()).toHaveLength(501);
  });
});
