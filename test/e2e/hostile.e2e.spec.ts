import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PackageAnswer } from '@muniment/contracts';
import { corpus, disagreeingPairs } from '../corpus/corpus.js';
import type { CorpusCase } from '../corpus/corpus-case.js';
import { startArchive, type ArchiveUnderTest, type ServiceUnderTest } from '../stack/archive.js';
import { Caller, type Answer } from '../stack/caller.js';
import { blobsIn, eventually, stagedIn } from '../stack/left-behind.js';

const mib = 1024 * 1024;
const atOnce = 4;
/** What examining may add to a hasher's memory, with two threads at work on bombs of 64 MiB and archives of 100,000 members. */
const memoryBound = 320 * mib;

let archive: ArchiveUnderTest;
let api: Caller;
let scratch: string;

beforeAll(async () => {
  archive = await startArchive({ services: ['gateway', 'retention'] });
  api = new Caller(archive.url, archive.token);
  scratch = path.join(archive.directory, 'scratch');
  await archive.start('hasher', { MUNIMENT_SCRATCH_DIR: scratch });
}, 120_000);

afterAll(() => archive?.stop(), 60_000);

/** Cases that the limits of a real installation decide; the others tighten them and belong to the examiner's own suite. */
const cases = corpus.filter(({ limits }) => Object.keys(limits ?? {}).length === 0);
const hostileCases = cases.filter((c) => c.expected !== 'accepted');
const goodCases = cases.filter((c) => c.expected === 'accepted');

interface Uploaded {
  readonly answer: Answer;
  readonly packageId: string;
}

/** Puts every case into a package of its own, a few at a time. */
async function upload(all: readonly CorpusCase[]): Promise<ReadonlyMap<string, Uploaded>> {
  const uploaded = new Map<string, Uploaded>();
  const waiting = [...all];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { id } = await api.createPackage();
      uploaded.set(next.name, { packageId: id, answer: await api.put(id, next.fileName, Buffer.from(next.bytes())) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return uploaded;
}

async function decided(packageId: string): Promise<PackageAnswer> {
  let pkg = await api.package(packageId);
  await eventually(
    `package ${packageId} is decided`,
    async () => (pkg = await api.package(packageId)).files.every((f) => f.state !== 'received'),
    60_000,
  );
  return pkg;
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Highest resident memory of a process so far and now, in bytes. */
function memoryOf({ pid }: ServiceUnderTest): { readonly peak: number; readonly now: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { peak: kilobytes('VmHWM'), now: kilobytes('VmRSS') };
}

const hasher = (): ServiceUnderTest => {
  const found = [...archive.running].find((s) => s.service === 'hasher');
  if (!found) throw new Error('the hasher is gone');
  return found;
};

describe('good files', () => {
  it('all become part of finalized packages', async () => {
    const uploaded = await upload(goodCases);
    for (const { name, fileName } of goodCases) {
      const found = uploaded.get(name);
      expect([name, found?.answer.status]).toEqual([name, 201]);
      const done = await api.finalize(found?.packageId ?? '');
      expect([name, done.state, done.files.find((f) => f.path === fileName)?.state]).toEqual([name, 'finalized', 'ingested']);
    }
  }, 120_000);
});

describe('hostile files', () => {
  let uploaded: ReadonlyMap<string, Uploaded>;
  let before: { readonly peak: number; readonly now: number };
  let served: ServiceUnderTest;
  beforeAll(async () => {
    served = hasher();
    before = memoryOf(served);
    uploaded = await upload(hostileCases);
    for (const { packageId } of uploaded.values()) await decided(packageId);
  }, 180_000);

  it.each(hostileCases.map((c) => [c.name, c.expected, c] as const))('%s is refused with %s', async (name, code, { fileName }) => {
    const { answer, packageId } = uploaded.get(name) ?? {};
    if (answer?.status !== 201) {
      expect([answer?.status, answer?.code]).toEqual([422, code]);
      expect((await api.package(packageId ?? '')).files).toEqual([]);
      return;
    }
    const file = (await api.package(packageId ?? '')).files[0];
    expect([file?.path, file?.state, file?.refusal?.code]).toEqual([fileName, 'refused', code]);
    expect(file?.refusal?.detail).toMatch(/\w/);
    const finalization = await api.post(`/packages/${packageId ?? ''}/finalize`);
    expect([finalization.status, finalization.code]).toEqual([409, 'package_has_refused_files']);
    expect((await api.get(`/packages/${packageId ?? ''}/files/${fileName}`)).code).toBe('file_not_found');
  });

  it('leave nothing: no blob, nothing staged, nothing in scratch', async () => {
    await eventually('staging is empty', () => stagedIn(archive.objects).length === 0, 5_000);
    const held = new Set(blobsIn(archive.objects));
    expect(held.size).toBeGreaterThanOrEqual(goodCases.length / 2);
    const good = new Set(goodCases.map((c) => digestOf(c.bytes())));
    expect(hostileCases.filter((c) => held.has(digestOf(c.bytes())) && !good.has(digestOf(c.bytes()))).map((c) => c.name)).toEqual([]);
    expect(existsSync(scratch) ? readdirSync(scratch, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()) : []).toEqual([]);
  }, 60_000);

  it('cost the hasher a bounded amount of memory, and never its life', () => {
    expect([...archive.running]).toContain(served);
    expect(memoryOf(served).peak - before.now).toBeLessThan(memoryBound);
  });
});

describe('a .meta record that disagrees with its file', () => {
  it.each(disagreeingPairs.map((p) => [p.name, p] as const))(
    '%s: whichever comes second is refused',
    async (_, { fileName, file, meta }) => {
      const both = [
        [fileName, file()],
        [`${fileName}.meta`, meta()],
      ] as const;
      for (const order of [both, [...both].reverse()]) {
        const { id } = await api.createPackage();
        const answers: Answer[] = [];
        for (const [name, bytes] of order) {
          answers.push(await api.put(id, name, Buffer.from(bytes)));
          await decided(id);
        }
        expect(answers[0]?.status).toBe(201);
        const { files } = await decided(id);
        const codes = [...answers.map((a) => a.code), ...files.map((f) => f.refusal?.code)].filter((c) => c !== undefined);
        expect(codes).toEqual(['meta_disagrees']);
        await eventually('staging is empty', () => stagedIn(archive.objects).length === 0, 5_000);
      }
    },
    30_000,
  );
});
