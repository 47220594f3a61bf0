import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  RevisionConflict,
  type Append,
  type Checkpoints,
  type EventLog,
  type FollowedEvent,
  type Overlooked,
  type SequencedEvent,
  type Sequencer,
  type Stretch,
} from '@muniment/application';
import { eventDeclarations, parseEvent } from '@muniment/contracts';
import { instantOf, type DomainEvent } from '@muniment/domain';
import { decodeCbor, encodeCbor } from '@muniment/formats';
import { ingestedFile, openedPackage, receivedFile } from '../builders/facts.js';

/** A log under test. It may be shared with others and need not be empty; the suite looks only at what it appended itself. */
export interface EventLogUnderTest {
  readonly log: EventLog;
  readonly sequencer: Sequencer;
  readonly checkpoints: Checkpoints;
  /** The same log as another process sees it; null for a log that lives in one process. */
  readonly neighbour: Omit<EventLogUnderTest, 'neighbour' | 'dispose'> | null;
  /** Closes and removes everything. */
  dispose(): Promise<void>;
}

const attribution = { actor: 'token:suite', time: instantOf(new Date('2026-03-01T12:00:00.123Z')) };

/** The contract of the EventLog, Sequencer and Checkpoints ports; every implementation passes the same suite. */
export function eventLogSuite(name: string, factory: () => Promise<EventLogUnderTest>): void {
  // A busy machine and a cold server take their time; the tests themselves never wait for a clock.
  jest.setTimeout(60_000);
  describe(`event log: ${name}`, () => {
    let subject: EventLogUnderTest;
    beforeAll(async () => {
      subject = await factory();
    }, 180_000);
    afterAll(() => subject.dispose(), 60_000);

    const append = (id: string, expectedRevision: number, facts: readonly DomainEvent[], change: Partial<Append['attribution']> = {}) =>
      subject.log.append({ subject: { kind: 'package', id }, expectedRevision, facts, attribution: { ...attribution, ...change } });
    /** A new package at revision 2, in a repository nobody else uses unless told otherwise. */
    const opened = async (repository = `suite/${randomUUID()}`): Promise<string> => {
      const id = randomUUID();
      await append(id, 0, openedPackage(id, { repository }));
      return id;
    };
    const sequenceAll = async (sequencer = subject.sequencer): Promise<void> => {
      while ((await sequencer.pass()) > 0);
    };
    const streamOf = (subjectId: string, log = subject.log): Promise<readonly SequencedEvent[]> =>
      log.read({ after: 0n, limit: 1000, subjectId });

    describe('append', () => {
      it('answers the revision that the last fact got', async () => {
        const id = randomUUID();
        expect(await append(id, 0, openedPackage(id))).toEqual({ revision: 2 });
        expect(await append(id, 2, [receivedFile(randomUUID())])).toEqual({ revision: 3 });
      });

      it('keeps what was appended: payload as canonical CBOR with its digest, actor, time, reason and trace', async () => {
        const id = await opened();
        const fact = receivedFile(randomUUID(), { path: 'docs/ünïcode.json', size: 2 ** 40 });
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        await append(id, 2, [fact], { reason: 'because', traceparent });
        await sequenceAll();
        const event = (await streamOf(id)).at(-1);
        const payload = encodeCbor(fact.payload);
        expect({ ...event, sequence: null, payload: null }).toEqual({
          sequence: null,
          type: 'v1.file.received',
          time: '2026-03-01T12:00:00.123Z',
          actor: 'token:suite',
          subject: { kind: 'package', id },
          revision: 3,
          reason: 'because',
          payload: null,
          payloadDigest: createHash('sha256').update(payload).digest('hex'),
          traceparent,
        });
        expect(Buffer.from(event?.payload ?? []).toString('hex')).toBe(Buffer.from(payload).toString('hex'));
        expect(parseEvent('v1.file.received', decodeCbor(event?.payload ?? new Uint8Array()))).toEqual(fact);
      });

      it('tells absent reason and trace as null', async () => {
        const id = await opened();
        await sequenceAll();
        expect((await streamOf(id)).map(({ reason, traceparent }) => [reason, traceparent])).toEqual([
          [null, null],
          [null, null],
        ]);
      });

      it('refuses a decision made at an earlier revision and changes nothing', async () => {
        const id = await opened();
        await append(id, 2, [receivedFile(randomUUID())]);
        await expect(append(id, 2, [receivedFile(randomUUID(), { path: 'late.json' })])).rejects.toThrow(RevisionConflict);
        await expect(append(id, 0, openedPackage(id))).rejects.toThrow(RevisionConflict);
        await sequenceAll();
        expect((await streamOf(id)).map((e) => e.revision)).toEqual([1, 2, 3]);
      });

      it('is all or nothing: of a batch that reaches past a conflict, nothing stays', async () => {
        const id = await opened();
        const facts = [receivedFile(randomUUID(), { path: 'a' }), receivedFile(randomUUID(), { path: 'b' })];
        // the first fact's revision is taken, the second's is free
        await expect(append(id, 1, facts)).rejects.toThrow(RevisionConflict);
        await sequenceAll();
        expect((await streamOf(id)).map((e) => e.revision)).toEqual([1, 2]);
        expect(await append(id, 2, facts)).toEqual({ revision: 4 });
      });

      it('is all or nothing: of a batch with a payload that has no canonical form, nothing stays', async () => {
        const id = await opened();
        const facts = [receivedFile(randomUUID(), { path: 'a' }), receivedFile(randomUUID(), { path: 'b', size: 0.5 })];
        await expect(append(id, 2, facts)).rejects.toThrow(TypeError);
        await sequenceAll();
        expect((await streamOf(id)).map((e) => e.revision)).toEqual([1, 2]);
      });

      describe('that overlooks a type of facts', () => {
        const overlooking = (
          id: string,
          expectedRevision: number,
          overlooks: Overlooked,
          facts: readonly DomainEvent[],
          log = subject.log,
        ) => log.append({ subject: { kind: 'package', id }, expectedRevision, facts, attribution, overlooks });
        const file = (path: string): DomainEvent => receivedFile(randomUUID(), { path });

        it('goes behind whatever came of that type, and answers where it stands', async () => {
          const id = await opened();
          await append(id, 2, [file('a')]);
          await append(id, 3, [file('b'), file('c')]);
          expect(await overlooking(id, 3, 'v1.file.received', [ingestedFile(randomUUID(), { path: 'a' })])).toEqual({ revision: 6 });
          expect(await overlooking(id, 5, 'v1.file.ingested', [file('d'), file('e')])).toEqual({ revision: 8 });
          await sequenceAll();
          expect((await streamOf(id)).map((e) => e.revision)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        });

        it('is refused when anything else came, and changes nothing', async () => {
          const id = await opened();
          await append(id, 2, [file('a')]);
          await append(id, 3, [ingestedFile(randomUUID(), { path: 'a' }), file('b')]);
          await expect(overlooking(id, 3, 'v1.file.ingested', [file('late')])).rejects.toThrow(RevisionConflict);
          await expect(overlooking(id, 3, 'v1.file.received', [file('late')])).rejects.toThrow(RevisionConflict);
          await expect(overlooking(id, 2, 'v1.file.received', [file('late')])).rejects.toThrow(RevisionConflict);
          await sequenceAll();
          expect((await streamOf(id)).map((e) => e.revision)).toEqual([1, 2, 3, 4, 5]);
          expect(await overlooking(id, 4, 'v1.file.received', [file('c')])).toEqual({ revision: 6 });
        });

        it('lets racing writers of both types all through, in one stream without gaps', async () => {
          const id = await opened();
          const neighbour = subject.neighbour?.log ?? subject.log;
          const receive = async (): Promise<void> => {
            for (let n = 0, revision = 2; n < 10; n++)
              ({ revision } = await overlooking(id, revision, 'v1.file.ingested', [file(`received-${n}`)]));
          };
          const ingest = async (): Promise<void> => {
            for (let n = 0, revision = 2; n < 10; n++) {
              const fact = ingestedFile(randomUUID(), { path: `ingested-${n}` });
              ({ revision } = await overlooking(id, revision, 'v1.file.received', [fact], neighbour));
            }
          };
          await Promise.all([receive(), ingest()]);
          await sequenceAll();
          const stream = await streamOf(id);
          expect(stream.map((e) => e.revision)).toEqual(stream.map((_, n) => n + 1));
          expect(stream).toHaveLength(22);
        });
      });

      it('lets exactly one of many racing writers of a revision through', async () => {
        const id = await opened();
        const log = subject.neighbour?.log ?? subject.log;
        const race = Array.from({ length: 8 }, (_, n) =>
          (n % 2 === 0 ? subject.log : log).append({
            subject: { kind: 'package', id },
            expectedRevision: 2,
            facts: [receivedFile(randomUUID(), { path: `racer-${n}` })],
            attribution,
          }),
        );
        const outcomes = await Promise.allSettled(race);
        expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
        for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toBeInstanceOf(RevisionConflict);
      });
    });

    describe('sequence', () => {
      it('is invisible to readers until a pass gives it, and a second pass has nothing to do', async () => {
        const id = await opened();
        expect(await streamOf(id)).toEqual([]);
        expect(await subject.sequencer.pass()).toBeGreaterThanOrEqual(2);
        expect(await subject.sequencer.pass()).toBe(0);
        expect((await streamOf(id)).map((e) => e.type)).toEqual(['v1.package.created', 'v1.retention.default_applied']);
      });

      it('has no gaps and keeps each subject in order, whoever appended and whoever passed', async () => {
        await sequenceAll();
        const before = await subject.log.head();
        const second = subject.neighbour?.sequencer ?? subject.sequencer;
        const ids = await Promise.all(Array.from({ length: 12 }, () => opened()));
        const appends = ids.map(async (id) => {
          const files = [ingestedFile(randomUUID(), { path: 'a' }), ingestedFile(randomUUID(), { path: 'b' })];
          for (const [n, file] of files.entries()) await append(id, 2 + n, [file]);
        });
        const passes = Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? subject.sequencer : second).pass());
        await Promise.all([...appends, ...passes]);
        await sequenceAll();
        const events = await subject.log.read({ after: before, limit: 1000 });
        const places = events.map((e) => e.sequence - before);
        expect(places).toEqual(places.map((_, n) => BigInt(n + 1)));
        expect(await subject.log.head()).toBe(events.at(-1)?.sequence);
        for (const id of ids) {
          expect(events.filter((e) => e.subject.id === id).map((e) => e.revision)).toEqual([1, 2, 3, 4]);
        }
      });
    });

    describe('read', () => {
      it('follows: after N, at most limit, nothing twice and nothing skipped', async () => {
        await sequenceAll();
        const start = await subject.log.head();
        for (let n = 0; n < 4; n++) await opened();
        await sequenceAll();
        const whole = await subject.log.read({ after: start, limit: 1000 });
        const followed: SequencedEvent[] = [];
        for (let after = start; ; ) {
          const page = await subject.log.read({ after, limit: 3 });
          expect(page.length).toBeLessThanOrEqual(3);
          const last = page.at(-1);
          if (!last) break;
          followed.push(...page);
          after = last.sequence;
        }
        expect(followed).toEqual(whole);
        expect(whole).toHaveLength(8);
      });

      it('filters by type', async () => {
        const id = await opened();
        await append(id, 2, [receivedFile(randomUUID()), ingestedFile(randomUUID())]);
        await sequenceAll();
        const types = ['v1.file.ingested', 'v1.package.created'];
        const read = await subject.log.read({ after: 0n, limit: 1000, subjectId: id, types });
        expect(read.map((e) => e.type)).toEqual(['v1.package.created', 'v1.file.ingested']);
        expect(await subject.log.read({ after: 0n, limit: 1000, subjectId: id, types: [] })).toEqual([]);
      });

      it('filters by subject', async () => {
        const [one, other] = [await opened(), await opened()];
        await sequenceAll();
        expect(new Set((await streamOf(one)).map((e) => e.subject.id))).toEqual(new Set([one]));
        expect(await streamOf(other)).toHaveLength(2);
        expect(await streamOf(randomUUID())).toEqual([]);
      });

      it('begins at a revision of the subject', async () => {
        const id = await opened();
        await append(id, 2, [receivedFile(randomUUID())]);
        await sequenceAll();
        const from = (fromRevision: number) => subject.log.read({ after: 0n, limit: 1000, subjectId: id, fromRevision });
        expect((await from(2)).map((e) => e.revision)).toEqual([2, 3]);
        expect(await from(3)).toHaveLength(1);
        expect(await from(4)).toEqual([]);
      });

      it('confines a reader to its repositories: exact names, owner/*, and * for all', async () => {
        const owner = `o-${randomUUID()}`;
        const ids = new Map<string, string>();
        for (const repository of [`${owner}/a_b`, `${owner}/axb`, `${owner}/%`, `${owner}2/a_b`])
          ids.set(repository, await opened(repository));
        await sequenceAll();
        const seen = async (...repositories: string[]): Promise<string[]> => {
          const found: string[] = [];
          for (const [repository, id] of ids) {
            if ((await subject.log.read({ after: 0n, limit: 10, subjectId: id, repositories })).length > 0) found.push(repository);
          }
          return found;
        };
        expect(await seen(`${owner}/a_b`)).toEqual([`${owner}/a_b`]);
        expect(await seen(`${owner}/%`)).toEqual([`${owner}/%`]);
        expect(await seen(`${owner}/*`)).toEqual([`${owner}/a_b`, `${owner}/axb`, `${owner}/%`]);
        expect(await seen(`${owner}2/a_b`, `${owner}/axb`)).toEqual([`${owner}/axb`, `${owner}2/a_b`]);
        expect(await seen('*')).toHaveLength(4);
        expect(await seen(`${owner}`, `${owner}/A_B`)).toEqual([]);
        expect(await seen()).toEqual([]);
      });
    });

    describe('wake-ups', () => {
      it('come after an append and after sequencing, until one does not want them any more', async () => {
        const heard: string[] = [];
        const offAppended = subject.sequencer.onAppended(() => heard.push('appended'));
        const offSequenced = subject.log.onSequenced(() => heard.push('sequenced'));
        await opened();
        expect(heard).toContain('appended');
        await sequenceAll();
        expect(heard).toContain('sequenced');
        offAppended();
        offSequenced();
        const before = heard.length;
        await opened();
        await sequenceAll();
        expect(heard).toHaveLength(before);
      });
    });

    describe('checkpoints', () => {
      const follower = (): string => `suite-${randomUUID()}`;
      const all = (limit: number): Stretch => ({ limit, types: eventDeclarations.map(({ type }) => type) });
      const caughtUp = async (who: string): Promise<void> => {
        while ((await subject.checkpoints.advance(who, all(1000), () => Promise.resolve())) === 'moved');
      };
      /** A follower that has all but the last package, which received a file. */
      const beforeAnUpload = async (): Promise<{ readonly who: string; readonly id: string }> => {
        const who = follower();
        await sequenceAll();
        await caughtUp(who);
        const id = await opened();
        await append(id, 2, [receivedFile(randomUUID())]);
        await sequenceAll();
        return { who, id };
      };

      it('give a follower every event once, in order, and say when there is no more', async () => {
        const { who, id } = await beforeAnUpload();
        const seen: FollowedEvent[] = [];
        const collect = (events: readonly FollowedEvent[]): Promise<void> => Promise.resolve(void seen.push(...events));
        expect(await subject.checkpoints.advance(who, all(2), collect)).toBe('moved');
        expect(seen).toHaveLength(2);
        expect(await subject.checkpoints.advance(who, all(2), collect)).toBe('moved');
        expect(await subject.checkpoints.advance(who, all(2), collect)).toBe('idle');
        const told = (event: FollowedEvent): unknown => [event.type, event.subject, event.traceparent, decodeCbor(event.payload)];
        expect(seen.map(told)).toEqual((await streamOf(id)).map(told));
      });

      it('pass over what does not matter to the follower', async () => {
        const { who } = await beforeAnUpload();
        const seen: string[] = [];
        const collect = (events: readonly FollowedEvent[]): Promise<void> =>
          Promise.resolve(void seen.push(...events.map(({ type }) => type)));
        const received = { limit: 2, types: ['v1.file.received'] };
        expect(await subject.checkpoints.advance(who, received, collect)).toBe('moved');
        expect(seen).toEqual([]);
        expect(await subject.checkpoints.advance(who, received, collect)).toBe('moved');
        expect(await subject.checkpoints.advance(who, received, collect)).toBe('idle');
        expect(seen).toEqual(['v1.file.received']);
      });

      it('stay where they were when handling fails, so that the same events come again', async () => {
        const who = follower();
        await sequenceAll();
        await caughtUp(who);
        const id = await opened();
        await sequenceAll();
        const failing = subject.checkpoints.advance(who, all(10), () => Promise.reject(new Error('queue away')));
        await expect(failing).rejects.toThrow('queue away');
        const seen: string[] = [];
        await subject.checkpoints.advance(who, all(10), (events) => Promise.resolve(void seen.push(...events.map((e) => e.subject.id))));
        expect(seen).toEqual([id, id]);
      });

      it('let one process at a time follow, and others follow other things', async () => {
        const who = follower();
        await opened();
        await sequenceAll();
        const second = subject.neighbour?.checkpoints ?? subject.checkpoints;
        const meanwhile: string[] = [];
        await subject.checkpoints.advance(who, all(1), async () => {
          meanwhile.push(await second.advance(who, all(1), () => Promise.resolve(void meanwhile.push('handled twice'))));
          meanwhile.push(await second.advance(follower(), all(1), () => Promise.resolve()));
        });
        expect(meanwhile).toEqual(['held', 'moved']);
        // given back
        expect(await second.advance(who, all(1), () => Promise.resolve())).not.toBe('held');
      });

      it('remember the queue that the follower last wrote to', async () => {
        const who = follower();
        expect(await subject.checkpoints.generation(who)).toBeNull();
        await subject.checkpoints.setGeneration(who, 'g1');
        await sequenceAll();
        await caughtUp(who);
        expect(await subject.checkpoints.generation(who)).toBe('g1');
        await subject.checkpoints.setGeneration(who, 'g2');
        expect(await (subject.neighbour?.checkpoints ?? subject.checkpoints).generation(who)).toBe('g2');
        expect(await subject.checkpoints.generation(follower())).toBeNull();
      });
    });
  });
}
