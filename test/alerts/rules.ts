import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Folder of the whole project. */
export const root = resolve(import.meta.dirname, '../..');
/** The rules as they are shipped. */
export const rulesFile = join(root, 'charts/muniment/alerts/muniment.rules.yaml');
/** Files for `promtool test rules`. */
export const seriesFolder = join(import.meta.dirname, 'series');

const rule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook: z.string() }),
});
const document = z.strictObject({ groups: z.tuple([z.strictObject({ name: z.string(), rules: z.array(rule) })]) });
export type Rule = z.output<typeof rule>;
export type RulesDocument = z.output<typeof document>;

/** @throws ZodError when the file has keys that we do not know */
export function readRules(text = readFileSync(rulesFile, 'utf8')): RulesDocument {
  return document.parse(parse(text));
}

const tests = z.looseObject({ tests: z.array(z.looseObject({ name: z.string() })) });

/** All tests with series. Each but those of a whole archive begins with the name of its alert and a comma. */
export function readSeries(): z.output<typeof tests>['tests'] {
  return globSync('*.test.yaml', { cwd: seriesFolder }).flatMap(
    (file) => tests.parse(parse(readFileSync(join(seriesFolder, file), 'utf8'))).tests,
  );
}

/** Names of our metrics in an expression. */
export function metricsIn({ expr }: Rule): readonly string[] {
  return [...new Set(expr.match(/muniment_\w+/g) ?? [])];
}
