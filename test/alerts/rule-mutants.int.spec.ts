import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { needProgram } from '../stack/debian-package.js';
import { runProgram } from '../stack/go-program.js';
import { findProgram } from '../stack/process.js';
import { mutantsOf } from './mutants.js';
import { readRules, readSeries, type Rule } from './rules.js';

const [{ rules }] = readRules().groups;
const series = readSeries();
/** Most processes at a time. */
const together = 2;

const missing = needProgram('promtool', 'prometheus');
if (missing !== null) console.log(`skipped: mutants of the alert rules: ${missing}`);
(missing === null ? describe : describe.skip)('the series of the alert rules', () => {
  let folder: string;
  const promtool = (...args: readonly string[]) => runProgram(findProgram('promtool') ?? '', args);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'muniment-mutants-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, content: unknown): string {
    const file = join(folder, name);
    writeFileSync(file, stringify(content));
    return file;
  }

  /** Whether the rule, alone, passes the tests that are named after it. */
  async function passes(name: string, rule: Rule): Promise<boolean> {
    const tests = series.filter((test) => test.name.startsWith(`${rule.alert},`));
    write(`${name}.rules.yaml`, { groups: [{ name, rules: [rule] }] });
    const file = write(`${name}.test.yaml`, { rule_files: [`${name}.rules.yaml`], evaluation_interval: '1m', tests });
    return (await promtool('test', 'rules', file)).code === 0;
  }

  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    'tell %s from every rule that differs in one place',
    async (alert, rule) => {
      expect(await passes(alert, rule)).toBe(true);
      const mutants = mutantsOf(rule).map((mutant, n) => ({ ...mutant, name: `${alert}-${n}` }));
      expect(mutants.length).toBeGreaterThan(4);
      // A rule that Prometheus does not take would fail the tests for nothing.
      const groups = mutants.map(({ name, rule: wrong }) => ({ name, rules: [wrong] }));
      expect(await promtool('check', 'rules', write(`${alert}.yaml`, { groups }))).toMatchObject({ code: 0 });
      const survivors: string[] = [];
      const next = async (): Promise<void> => {
        for (let mutant = mutants.pop(); mutant !== undefined; mutant = mutants.pop())
          if (await passes(mutant.name, mutant.rule)) survivors.push(mutant.change);
      };
      await Promise.all(Array.from({ length: together }, next));
      expect(survivors).toEqual([]);
    },
    120_000,
  );
});
