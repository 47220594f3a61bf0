import { copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { needProgram } from '../stack/debian-package.js';
import { runProgram } from '../stack/go-program.js';
import { findProgram } from '../stack/process.js';

const root = resolve(import.meta.dirname, '../..');
const rulesFile = join(root, 'charts/muniment/alerts/muniment.rules.yaml');
const text = readFileSync(rulesFile, 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}
const rules = (parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules);

describe('alert rules', () => {
  it('look at metrics that some service declares', () => {
    const sources = globSync('{apps,libs}/**/src/**/*.ts', { cwd: root, exclude: (path) => /node_modules|dist|spec/.test(path) });
    const declared = new Set(sources.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/(?<=')muniment_\w+(?=')/g) ?? []));
    const named = rules.flatMap(({ expr }) => expr.match(/muniment_\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(rules.length);
    expect(named.filter((metric) => !declared.has(metric))).toEqual([]);
  });

  it('say what to do, and where that is told', () => {
    for (const { annotations } of rules) {
      expect(annotations.description.length).toBeGreaterThan(30);
      expect(existsSync(join(root, annotations.runbook))).toBe(true);
    }
  });

  it('are each tried below', () => {
    const tried = readFileSync(join(root, 'test/alerts/muniment.rules.test.yaml'), 'utf8');
    for (const { alert } of rules) {
      expect(tried).toContain(`ALERTS{alertname="${alert}", alertstate="firing"`);
      expect(tried).toContain(`alertname: ${alert}, exp_alerts: []`);
    }
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
    copyFileSync(join(root, 'test/alerts/muniment.rules.test.yaml'), join(folder, 'tests.yaml'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are accepted', async () => {
    const { code, stdout, stderr } = await promtool('check', 'rules', rulesFile);
    expect(`${stdout}${stderr}`).toContain(`${rules.length} rules found`);
    expect(code).toBe(0);
  });

  it('fire when they should, and are silent while all is well', async () => {
    const { code, stdout, stderr } = await promtool('test', 'rules', join(folder, 'tests.yaml'));
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
    expect(code).toBe(0);
  }, 60_000);
});
