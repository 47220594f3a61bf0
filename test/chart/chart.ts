import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { helm, type HelmAnswer } from '../stack/helm.js';
import { readManifests, type Rendered } from './manifest.js';

const root = resolve(import.meta.dirname, '../..');
/** Folder of the chart under test. */
export const chart = join(root, 'charts/muniment');

/** Name of the release in all renderings. It makes a Service's variables begin with MUNIMENT_, as a careful user's might. */
export const release = 'muniment';

/** Value files that must work, by name without suffix. */
export const goodValues: readonly string[] = readdirSync(join(chart, 'ci'))
  .filter((name) => name.endsWith('-values.yaml'))
  .map((name) => basename(name, '-values.yaml'))
  .sort();

/** Value files that must be refused when laid over the default ones, and a part of the sentence that says why. */
export const badValues: readonly { readonly name: string; readonly file: string; readonly expected: string }[] = readdirSync(
  join(chart, 'ci/invalid'),
)
  .sort()
  .map((name) => {
    const file = join(chart, 'ci/invalid', name);
    const expected = /^# expect: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    if (expected === undefined) throw new Error(`${name} does not say which message it expects`);
    return { name, file, expected };
  });

/** Names of all services: every app that defines one. */
export const services: readonly string[] = readdirSync(join(root, 'apps'))
  .filter((app) => readdirSync(join(root, 'apps', app, 'src')).includes(`${app}.service.ts`))
  .sort();

/** All good value files rendered, by name; asking for one that is not there throws. */
export async function renderAll(program: string): Promise<ReadonlyMap<string, Rendered>> {
  const renderings = new Map<string, Rendered>();
  for (const name of goodValues) renderings.set(name, await render(program, valuesFile(name)));
  return renderings;
}

/** @throws Error naming what is missing */
export function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

export function valuesFile(name: string): string {
  return join(chart, 'ci', `${name}-values.yaml`);
}

/** The rendered text, or the reason why there is none. */
export function template(program: string, files: readonly string[]): Promise<HelmAnswer> {
  return helm(program, 'template', release, chart, ...files.flatMap((file) => ['--values', file]));
}

/** @throws Error when Helm refuses the values */
export async function render(program: string, ...files: readonly string[]): Promise<Rendered> {
  const { code, stdout, stderr } = await template(program, files);
  if (code !== 0) throw new Error(stderr);
  // YAML 1.1 is what Kubernetes tools read: 0440 is octal there, and "off" is a boolean.
  const documents = parseAllDocuments(stdout, { version: '1.1', schema: 'yaml-1.1' });
  const values: readonly unknown[] = documents.map((document): unknown => document.toJS() as unknown);
  return readManifests(values.filter((value) => value !== null));
}
