import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  proveConsistency,
  proveInclusion,
  SignCheckpoint,
  type EventLog,
  type LogTree,
  type Sequencer,
  type SignedCheckpoints,
} from '@muniment/application';
import { instantOf } from '@muniment/domain';
import {
  checkpointText,
  ed25519Signer,
  isConsistent,
  joinSubtrees,
  leafHash,
  logEntry,
  nodeHash,
  rootFromInclusion,
  signNote,
  type Hash,
} from '@muniment/formats';
import { openedPackage } from '../builders/facts.js';
import { RememberedCheckpoint } from '../memory/memory-signed-checkpoints.js';
import { SettableClock } from '../memory/settable-clock.js';

/** A tree under test over a log that is its own and empty. */
export interface LogTreeUnderTest {
  readonly log: EventLog;
  readonly sequencer: Sequencer;
  readonly tree: LogTree;
  readonly checkpoints: SignedCheckpoints;
  /** The same tree as another process sees it; null for one that lives in one process. */
  readonly neighbour: LogTree | null;
  dispose(): Promise<void>;
}

/** The contract of the LogTree and SignedCheckpoints ports. */
export function logTreeSuite(name: string, factory: () => Promise<LogTreeUnderTest>): void {
  jest.setTimeout(60_000);
  describe(`tree of the log: ${name}`, () => {
    let subject: LogTreeUnderTest;
    beforeAll(async () => {
      subject = await factory();
    }, 180_000);
    afterAll(() => subject.dispose(), 60_000);

    const attribution = { actor: 'token:suite', time: instantOf(new Date('2026-03-01T12:00:00.123Z')), reason: 'because' };
    /** New packages, two events each, sequenced. */
    const addEvents = async (packages: number): Promise<void> => {
      for (let n = 0; n < packages; n++) {
        const id = randomUUID();
        await subject.log.append({ subject: { kind: 'package', id }, expectedRevision: 0, facts: openedPackage(id), attribution });
      }
      while ((await subject.sequencer.pass()) > 0);
    };
    const growAll = async (limit = 97): Promise<void> => {
      for (let growth = await subject.tree.grow(limit); growth?.added !== 0; growth = await subject.tree.grow(limit));
    };
    /** Root by the definition, from the events themselves. */
    const definedRoot = async (size: number): Promise<Hash> => {
      const leaves: Hash[] = [];
      while (leaves.length < size) {
        const events = await subject.log.read({ after: BigInt(leaves.length), limit: Math.min(1_000, size - leaves.length) });
        leaves.push(...events.map((event) => leafHash(logEntry(event))));
      }
      return rootOver(leaves);
    };
    const signer = ed25519Signer('suite.example/log', generateKeyPairSync('ed25519').privateKey);
    const memory = new RememberedCheckpoint();
    const sign = () => {
      const { tree, checkpoints } = subject;
      return new SignCheckpoint({ tree, checkpoints, memory, signers: () => [signer], clock: new SettableClock() }).execute();
    };

    it('begins empty, and nothing is signed', async () => {
      expect(await subject.tree.size()).toBe(0);
      expect(await subject.tree.grow(10)).toEqual({ size: 0, added: 0 });
      expect(await subject.checkpoints.latest()).toBeNull();
      expect(await sign()).toEqual({ size: 0, signed: false });
    });

    it('grows by at most so many leaves, in the order of the events', async () => {
      await addEvents(4);
      expect(await subject.tree.grow(5)).toEqual({ size: 5, added: 5 });
      expect(await subject.tree.grow(5)).toEqual({ size: 8, added: 3 });
      expect(await subject.tree.grow(5)).toEqual({ size: 8, added: 0 });
      expect(await subject.tree.size()).toBe(8);
      const events = await subject.log.read({ after: 2n, limit: 3 });
      expect((await subject.tree.entries(2, 5)).map((entry) => Buffer.from(entry).toString('hex'))).toEqual(
        events.map((event) => Buffer.from(logEntry(event)).toString('hex')),
      );
    });

    it('has the root of RFC 6962 at every size it passed, over the borders of tiles', async () => {
      await addEvents(280);
      await growAll();
      for (const size of [1, 8, 255, 256, 257, 511, 512, 513, 568]) {
        const { root } = await proveConsistency(subject.tree, size, []);
        expect([size, hex(root)]).toEqual([size, hex(await definedRoot(size))]);
      }
    });

    it('proves every leaf and every older size', async () => {
      const size = await subject.tree.size();
      const { root } = await proveConsistency(subject.tree, size, []);
      for (let index = 0; index < size; index += 37) {
        const [entry] = await subject.tree.entries(index, index + 1);
        const proof = await proveInclusion(subject.tree, index, size);
        expect(hex(rootFromInclusion(leafHash(entry ?? new Uint8Array()), index, size, proof))).toBe(hex(root));
        const { proofs } = await proveConsistency(subject.tree, size, [index]);
        const older = (await proveConsistency(subject.tree, index, [])).root;
        expect(isConsistent({ size: index, root: older }, { size, root }, proofs[0] ?? [])).toBe(true);
      }
    });

    it('gives only the tiles there are', async () => {
      const tiles = await subject.tree.tiles([
        { level: 0, index: 0 },
        { level: 1, index: 0 },
        { level: 0, index: 99 },
        { level: 7, index: 0 },
      ]);
      expect(tiles.map(({ level, index, hashes }) => [level, index, hashes.length]).sort()).toEqual([
        [0, 0, 8192],
        [1, 0, 2 * 32],
      ]);
    });

    it('is grown once however many try', async () => {
      await addEvents(30);
      const before = await subject.tree.size();
      const growers = [subject.tree, subject.neighbour ?? subject.tree, subject.tree, subject.neighbour ?? subject.tree];
      let added = 0;
      for (let round = 0; added < 60; round++) {
        const growths = await Promise.all(growers.map((tree) => tree.grow(7)));
        added += growths.reduce((sum, growth) => sum + (growth?.added ?? 0), 0);
        expect(round).toBeLessThan(60);
      }
      expect([added, await subject.tree.size()]).toEqual([60, before + 60]);
      const { root } = await proveConsistency(subject.tree, before + 60, []);
      expect(hex(root)).toBe(hex(await definedRoot(before + 60)));
    });

    it('is signed once per size', async () => {
      const size = await subject.tree.size();
      expect(await sign()).toEqual({ size, signed: true });
      expect(await sign()).toEqual({ size, signed: false });
      const latest = await subject.checkpoints.latest();
      expect(latest).toEqual({ size, note: memory.note, cosignatures: [] });
      expect(latest?.note.split('\n').slice(0, 3)).toEqual([
        'suite.example/log',
        String(size),
        Buffer.from(await definedRoot(size)).toString('base64'),
      ]);
    });

    it('keeps the cosignatures of each checkpoint, one per witness', async () => {
      const first = memory.note ?? '';
      await subject.checkpoints.addCosignature(first, 'w1', '— w1 AAAAAAAA\n');
      await subject.checkpoints.addCosignature(first, 'w1', '— w1 BBBBBBBB\n');
      await subject.checkpoints.addCosignature(first, 'w2', '— w2 AAAAAAAA\n');
      await addEvents(1);
      await growAll();
      await sign();
      const cosigned = { note: first, cosignatures: ['— w1 AAAAAAAA\n', '— w2 AAAAAAAA\n'] };
      expect(await subject.checkpoints.latest()).toMatchObject({ note: memory.note, cosignatures: [] });
      const latestBy = (least: number, ...by: string[]) => subject.checkpoints.latest({ least, by });
      expect(await latestBy(1)).toMatchObject(cosigned);
      expect(await latestBy(2)).toMatchObject(cosigned);
      expect(await latestBy(3)).toBeNull();
      await subject.checkpoints.addCosignature(memory.note ?? '', 'w3', '— w3 AAAAAAAA\n');
      expect(await latestBy(1)).toMatchObject({ note: memory.note, cosignatures: ['— w3 AAAAAAAA\n'] });
      expect(await latestBy(1, 'w2', 'w4')).toMatchObject(cosigned);
      expect(await latestBy(2, 'w1', 'w2', 'w3')).toMatchObject(cosigned);
      expect(await latestBy(2, 'w2', 'w3')).toBeNull();
      expect(await latestBy(1, 'w4')).toBeNull();
      await subject.checkpoints.addCosignature('a note nobody signed', 'w1', '— w1 AAAAAAAA\n');
    });

    it('takes no checkpoint of a tree it does not have', async () => {
      const size = (await subject.tree.size()) + 1;
      const root = leafHash(Buffer.from('x'));
      const note = await signNote(checkpointText({ origin: signer.name, size, root }), [signer]);
      await expect(subject.checkpoints.add({ size, root, note, signedAt: '2026-03-01T12:00:00.000Z' })).rejects.toThrow('fewer than');
    });
  });
}

function rootOver(leaves: readonly Hash[]): Hash {
  let row = [...leaves];
  if (row.length === 0) return joinSubtrees([]);
  // Pairing neighbours and carrying the odd one up gives RFC 6962's tree, by another way than the code under test.
  while (row.length > 1)
    row = Array.from({ length: Math.ceil(row.length / 2) }, (_, i) => {
      const [left, right] = [row[2 * i], row[2 * i + 1]];
      return left !== undefined && right !== undefined ? nodeHash(left, right) : (left ?? joinSubtrees([]));
    });
  return row[0] ?? joinSubtrees([]);
}

function hex(hash: Hash | null): string {
  return Buffer.from(hash ?? []).toString('hex');
}
