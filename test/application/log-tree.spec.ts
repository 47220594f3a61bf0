import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  AskWitness,
  HistoryRewritten,
  LogKeeper,
  ReadLogTree,
  SignCheckpoint,
  type LogWitness,
  type WitnessAnswer,
} from '@muniment/application';
import { instantOf } from '@muniment/domain';
import {
  ed25519Signer,
  isConsistent,
  leafHash,
  openNote,
  parseCheckpoint,
  parseConsistencyProof,
  rootFromInclusion,
  type Checkpoint,
} from '@muniment/formats';
import {
  MemoryLog,
  MemoryLogTree,
  MemorySignedCheckpoints,
  openedPackage,
  RememberedCheckpoint,
  SettableClock,
  eventually,
} from '@muniment/testing';

const signerNamed = (name: string) => ed25519Signer(name, generateKeyPairSync('ed25519').privateKey);

let log: MemoryLog;
let tree: MemoryLogTree;
let checkpoints: MemorySignedCheckpoints;
let memory: RememberedCheckpoint;
let signers: ReturnType<typeof signerNamed>[];
beforeEach(() => {
  log = new MemoryLog();
  tree = new MemoryLogTree(log);
  checkpoints = new MemorySignedCheckpoints(tree);
  memory = new RememberedCheckpoint();
  signers = [signerNamed('archive.example/log')];
});

const sign = () => new SignCheckpoint({ tree, checkpoints, memory, signers: () => signers, clock: new SettableClock() }).execute();
async function append(packages: number): Promise<void> {
  const attribution = { actor: 'token:spec', time: instantOf(new Date('2026-03-01T12:00:00.000Z')) };
  for (let n = 0; n < packages; n++) {
    const id = randomUUID();
    await log.append({ subject: { kind: 'package', id }, expectedRevision: 0, facts: openedPackage(id), attribution });
  }
  await log.pass();
}
async function grown(packages: number): Promise<void> {
  await append(packages);
  while ((await tree.grow(1_000))?.added !== 0);
}
/** The database as it would be, had the tree never been grown beyond other events. */
async function anotherHistory(packages: number): Promise<void> {
  log = new MemoryLog();
  tree = new MemoryLogTree(log);
  checkpoints = new MemorySignedCheckpoints(tree);
  await grown(packages);
}

describe('signing', () => {
  it('follows the tree, and each checkpoint continues the one before', async () => {
    await grown(3);
    await sign();
    const first = parseCheckpoint(memory.note ?? '');
    await grown(200);
    expect(await sign()).toEqual({ size: 406, signed: true });
    const { hashes, checkpoint } = await new ReadLogTree(tree, checkpoints).consistency(6);
    expect(isConsistent(first, parseCheckpoint(openNote(checkpoint, signers).text), hashes)).toBe(true);
  });

  it('is refused after the database was rolled back, and goes on when what was signed is there again', async () => {
    await grown(5);
    await sign();
    const kept = { log, tree, checkpoints };
    await anotherHistory(2);
    await expect(sign()).rejects.toThrow(new HistoryRewritten('a tree of 10 entries was signed, and the stored one has only 4'));
    await grown(20);
    await expect(sign()).rejects.toThrow(new HistoryRewritten('the stored tree does not continue the signed one of 10 entries'));
    expect(await checkpoints.latest()).toBeNull();
    ({ log, tree, checkpoints } = kept);
    await grown(1);
    expect(await sign()).toEqual({ size: 12, signed: true });
  });

  it('is refused to a tree that does not continue what the database says was signed, though this signer remembers nothing', async () => {
    await grown(5);
    await sign();
    memory.note = null;
    const [tile] = [...tree.stored.values()];
    if (tile === undefined) throw new Error('no tile');
    tree.stored.set('0/0', { ...tile, hashes: Buffer.concat([leafHash(Buffer.from('edited')), tile.hashes.subarray(32)]) });
    await expect(sign()).rejects.toThrow(HistoryRewritten);
    await grown(5);
    await expect(sign()).rejects.toThrow(HistoryRewritten);
  });

  it('remembers before it tells', async () => {
    await grown(1);
    checkpoints.add = () => Promise.reject(new Error('database away'));
    await expect(sign()).rejects.toThrow('database away');
    expect(parseCheckpoint(memory.note ?? '').size).toBe(2);
    memory.write = () => Promise.reject(new Error('disk full'));
    checkpoints = new MemorySignedCheckpoints(tree);
    await expect(sign()).rejects.toThrow('disk full');
    expect(checkpoints.all).toEqual([]);
  });

  it('bears both keys while keys change, and is renewed for a new key though nothing happened', async () => {
    await grown(1);
    await sign();
    const [old] = signers;
    const next = signerNamed('archive.example/log');
    signers = [next, ...(old ? [old] : [])];
    expect(await sign()).toEqual({ size: 2, signed: true });
    expect(await sign()).toEqual({ size: 2, signed: false });
    const note = (await checkpoints.latest())?.note ?? '';
    for (const key of signers) expect(openNote(note, [key]).signedBy).toEqual(['archive.example/log']);
    signers = [];
    await expect(sign()).rejects.toThrow('no key for the log is valid now');
  });

  it('begins anew under a new name', async () => {
    await grown(5);
    await sign();
    await anotherHistory(2);
    signers = [signerNamed('archive.example/log2')];
    expect(await sign()).toEqual({ size: 4, signed: true });
  });
});

describe('reading', () => {
  const read = () => new ReadLogTree(tree, checkpoints);

  it('ends at the latest checkpoint', async () => {
    await expect(read().checkpoint()).rejects.toMatchObject({ code: 'log_checkpoint_not_found' });
    await grown(130);
    await sign();
    await grown(130);
    await expect(read().inclusion(261)).rejects.toMatchObject({ code: 'log_entry_not_found' });
    await expect(read().inclusion(0)).rejects.toMatchObject({ code: 'log_entry_not_found' });
    await expect(read().consistency(261)).rejects.toMatchObject({ code: 'log_entry_not_found' });
    for (const path of ['tile/0/001', 'tile/0/001.p/5', 'tile/1/000.p/2', 'tile/entries/001.p/5', 'tile/2/000.p/1', 'tile/0/1', 'x'])
      await expect(read().tile(path)).rejects.toMatchObject({ code: 'log_tile_not_found' });
    expect((await read().tile('tile/0/001.p/4')).length).toBe(4 * 32);
    expect((await read().tile('tile/1/000.p/1')).length).toBe(32);
    expect((await read().tile('tile/0/000')).length).toBe(8192);
    expect((await read().tile('tile/0/000.p/255')).length).toBe(255 * 32);
  });

  it('of what log witnesses cosigned ends at the latest checkpoint that bears enough of their signatures', async () => {
    await grown(2);
    await sign();
    const cosigned = { least: 1, by: ['w1'] };
    await expect(read().checkpoint(cosigned)).rejects.toThrow('There is no checkpoint with 1 cosignature by w1 yet.');
    await checkpoints.addCosignature(memory.note ?? '', 'w1', '— w1 AAAAAAAA\n');
    await grown(2);
    await sign();
    for (const { checkpoint } of [await read().inclusion(4, cosigned), await read().consistency(1, cosigned)])
      expect([checkpoint.split('\n')[1], checkpoint.endsWith('\n— w1 AAAAAAAA\n')]).toEqual(['4', true]);
    await expect(read().inclusion(5, cosigned)).rejects.toThrow('The latest checkpoint with 1 cosignature by w1 holds events 1 to 4');
    await expect(read().consistency(5, cosigned)).rejects.toMatchObject({ code: 'log_entry_not_found', facts: { size: 4 } });
    expect((await read().inclusion(5)).index).toBe(4);
  });

  it('proves an event from its entry to the root', async () => {
    await grown(130);
    await sign();
    const { index, hashes, entry, checkpoint } = await read().inclusion(257);
    const { size, root } = parseCheckpoint(openNote(checkpoint, signers).text);
    expect([index, size]).toEqual([256, 260]);
    expect(rootFromInclusion(leafHash(entry), index, size, hashes)).toEqual(root);
  });
});

describe('a log witness', () => {
  /** Signs what continues what it saw, as C2SP tlog-witness says. */
  class Witness implements LogWitness {
    readonly name = 'w.example';
    seen: Checkpoint | null = null;
    answers: (WitnessAnswer | Error)[] = [];
    requests = 0;

    async addCheckpoint(request: string): Promise<WitnessAnswer> {
      this.requests++;
      await Promise.resolve();
      const forced = this.answers.shift();
      if (forced instanceof Error) throw forced;
      if (forced !== undefined) return forced;
      const { older, hashes, checkpoint } = parseConsistencyProof(request);
      const newer = parseCheckpoint(openNote(checkpoint, signers).text);
      if (older !== (this.seen?.size ?? 0)) return { knows: this.seen?.size ?? 0 };
      if (this.seen !== null && !isConsistent(this.seen, newer, hashes)) throw new Error('422');
      this.seen = newer;
      return { lines: `— w.example ${newer.size}\n` };
    }

    cosignatureIn(text: string, lines: string): string | null {
      return lines === `— w.example ${parseCheckpoint(text).size}\n` ? lines : null;
    }
  }
  const signal = new AbortController().signal;

  it('is shown each checkpoint, with the proof from the one it knows', async () => {
    const witness = new Witness();
    const ask = new AskWitness(tree, checkpoints, witness);
    expect(await ask.execute(signal)).toBe(false);
    for (const packages of [1, 300, 2]) {
      await grown(packages);
      await sign();
      expect(await ask.execute(signal)).toBe(true);
    }
    expect(await new ReadLogTree(tree, checkpoints).checkpoint({ least: 1, by: [] })).toMatch(/\n— w\.example 606\n$/);
    expect(witness.requests).toBe(3);
    expect(await ask.execute(signal)).toBe(true);
    expect(witness.requests).toBe(3);
  });

  it('says what it knows when another process has told it more', async () => {
    const witness = new Witness();
    await grown(2);
    await sign();
    await new AskWitness(tree, checkpoints, witness).execute(signal);
    await grown(2);
    await sign();
    expect(await new AskWitness(tree, checkpoints, witness).execute(signal)).toBe(true);
    expect(witness.requests).toBe(3);
  });

  it('that is away, answers nonsense or knows a larger tree is an error, and nothing is kept', async () => {
    await grown(2);
    await sign();
    const witness = new Witness();
    const ask = new AskWitness(tree, checkpoints, witness);
    witness.answers = [new Error('away')];
    await expect(ask.execute(signal)).rejects.toThrow('away');
    witness.answers = [{ lines: '— somebody else\n' }];
    await expect(ask.execute(signal)).rejects.toThrow('without its signature');
    witness.answers = [{ knows: 1_000 }];
    await expect(ask.execute(signal)).rejects.toThrow('has seen a tree of 1000 entries, and ours has 4');
    witness.answers = [{ knows: 1 }, { knows: 2 }, { knows: 1 }];
    await expect(ask.execute(signal)).rejects.toThrow('keeps naming another size');
    expect((await checkpoints.latest())?.cosignatures).toEqual([]);
  });
});

describe('the keeper', () => {
  it('signs what is sequenced, and goes on after a failure', async () => {
    const errors: unknown[] = [];
    const signed: number[] = [];
    const step = new SignCheckpoint({ tree, checkpoints, memory, signers: () => signers, clock: new SettableClock() });
    const keeper = new LogKeeper(
      { log, tree, sign: step, signed: (size) => signed.push(size), onError: (error) => errors.push(error) },
      20,
      1,
    );
    const [key] = signers;
    signers = [];
    await append(2);
    keeper.start();
    try {
      await eventually('the missing key to be told', () => Promise.resolve(errors.length > 0));
      signers = key ? [key] : [];
      await eventually('a checkpoint', () => Promise.resolve(signed.length > 0));
      await append(1);
      await eventually('the next checkpoint', () => Promise.resolve(signed.length > 1));
    } finally {
      await keeper.close();
    }
    await append(1);
    expect([signed, await tree.size()]).toEqual([[4, 6], 6]);
  });
});
