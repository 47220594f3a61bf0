import { copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { needProgram } from '../stack/debian-package.js';
import { runProgram } from '../stack/go-program.js';
import { findProgram } from '../stack/process.js';
import { metricsIn, readRules, readSeries, root, rulesFile, seriesFolder } from './rules.js';

const [{ rules }] = readRules().groups;
const tests = globSync('*.test.yaml', { cwd: seriesFolder });

/** Whether a page of the repository has that heading; without one, whether there is such a page. */
function leadsSomewhere(runbook: string): boolean {
  const [page = '', anchor] = runbook.split('#');
  if (!existsSync(join(root, page))) return false;
  const headings = [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => String(heading));
  return anchor === undefined || headings.some((heading) => heading.toLowerCase().replaceAll(' ', '-') === anchor);
}

describe('alert rules', () => {
  it('look at metrics that some service declares', () => {
    const sources = globSync('{apps,libs}/**/src/**/*.ts', { cwd: root, exclude: (path) => /node_modules|dist|spec/.test(path) });
    const declared = new Set(sources.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/(?<=')muniment_\w+(?=')/g) ?? []));
    const named = rules.flatMap(metricsIn);
    expect(named.length).toBeGreaterThan(rules.length);
    expect(named.filter((metric) => !declared.has(metric))).toEqual([]);
  });

  it('say what happened and what to do, and where that is told', () => {
    for (const { alert, annotations } of rules) {
      expect(annotations.summary.length).toBeGreaterThan(15);
      expect(annotations.description.length).toBeGreaterThan(30);
      expect([alert, leadsSomewhere(annotations.runbook)]).toEqual([alert, true]);
    }
  });

  it('speak of labels that their expression keeps', () => {
    for (const { expr, annotations } of rules)
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g))
        expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b|{${label}=`));
  });

  it('are each tried with series of their own', () => {
    const tried = new Set(readSeries().map(({ name }) => name.split(',')[0]));
    expect(rules.filter(({ alert }) => !tried.has(alert)).map(({ alert }) => alert)).toEqual([]);
  });
});

const missing = needProgram('promtool', 'prometheus');
if (missing !== null) console.log(`skipped: alert rules in Prometheus: ${missing}`);
(missing === null ? describe : describe.skip)('alert rules in Prometheus', () => {
  let folder: string;
  const promtool = (...args: readonly string[]) => runProgram(findProgram('promtool') ?? '', args);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'muniment-alerts-'));
    copyFileSync(rulesFile, join(folder, 'muniment.rules.yaml'));
    for (const file of tests) copyFileSync(join(seriesFolder, file), join(folder, file));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are accepted', async () => {
    const { code, stdout, stderr } = await promtool('check', 'rules', rulesFile);
    expect(`${stdout}${stderr}`).toContain(`${rules.length} rules found`);
    expect(code).toBe(0);
  });

  it.each(tests)(
    'fire when they should, and no minute sooner (%s)',
    async (file) => {
      const { code, stdout, stderr } = await promtool('test', 'rules', join(folder, file));
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(code).toBe(0);
    },
    60_000,
  );
});
