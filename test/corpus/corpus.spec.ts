import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Examiner, StoredBytes } from '@muniment/application';
import { assertMetaAgrees, assertMetaListsWheels, defaultInspectionLimits, Refusal } from '@muniment/domain';
import { createExaminer } from '@muniment/examiner';
import { declarationOf, identify, parseMeta, planFor } from '@muniment/formats';
import { corpus, disagreeingPairs, writeCorpus } from './corpus.js';
import type { CorpusCase } from './corpus-case.js';

let directory: string;
let scratchDir: string;
let paths: ReadonlyMap<string, string>;
let examiner: Examiner;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'corpus-'));
  scratchDir = join(directory, 'scratch');
  paths = writeCorpus(join(directory, 'files'));
  examiner = createExaminer({ threads: 2, scratchDir });
}, 60_000);

afterAll(async () => {
  await examiner.close();
  rmSync(directory, { recursive: true, force: true });
});

async function examine(corpusCase: CorpusCase, bytes: StoredBytes) {
  const { fileName, limits } = corpusCase;
  const { stored, outcome } = await examiner.examine(bytes, planFor(fileName), fileName, { ...defaultInspectionLimits, ...limits });
  return { stored, answer: 'refusal' in outcome ? outcome.refusal.code : 'accepted', outcome };
}

describe('the examiner on the corpus', () => {
  it.each(corpus.map((c) => [c.name, c.expected, c] as const))(
    'answers %s with %s, from a local file and from a stream',
    async (_n, expected, c) => {
      const path = paths.get(c.name) ?? '';
      const whole = readFileSync(path);
      const local = await examine(c, { localPath: path });
      expect(local.answer).toBe(expected);
      // the second witness speaks of the whole stored file, refused or not
      expect(local.stored).toEqual(identify(whole));
      const parts: Buffer[] = [];
      for (let at = 0; at < whole.length; at += 50_000) parts.push(whole.subarray(at, at + 50_000));
      const streamed = await examine(c, { stream: Readable.from(parts), size: whole.length });
      expect(streamed.answer).toBe(expected);
      expect(streamed.stored).toEqual(local.stored);
      if ('refusal' in local.outcome) expect(local.outcome.refusal).toBeInstanceOf(Refusal);
      else expect(streamed.outcome).toEqual(local.outcome);
    },
    60_000,
  );

  it('leaves no scratch file behind', () => {
    expect(readdirSync(scratchDir)).toEqual([]);
  });

  it('has unique names and covers both answers', () => {
    expect(new Set(corpus.map((c) => c.name)).size).toBe(corpus.length);
    expect(corpus.filter((c) => c.expected === 'accepted').length).toBeGreaterThan(10);
  });
});

describe('pairs that disagree', () => {
  it.each(disagreeingPairs.map((p) => [p.name, p] as const))('%s is refused by the package, not by the examiner', async (_name, p) => {
    const bytes = p.file();
    const { outcome } = await examiner.examine(
      { stream: Readable.from([bytes]), size: bytes.length },
      planFor(p.fileName),
      p.fileName,
      defaultInspectionLimits,
    );
    const members = 'inspection' in outcome ? outcome.inspection.members : null;
    const declares = declarationOf(parseMeta(p.meta()));
    expect(() => {
      assertMetaAgrees(declares, p.fileName, identify(bytes));
      assertMetaListsWheels(declares, p.fileName, members);
    }).toThrow(expect.objectContaining({ code: 'meta_disagrees' }));
  });
});
