import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { helm } from '../stack/helm.js';
import { badValues, chart, goodValues, template, valuesFile } from './chart.js';
import { describeWithHelm } from './with-helm.js';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

/** Places of the schema that list properties but would take others too. */
function openPlaces(schema: unknown, path = '#'): readonly string[] {
  if (!isRecord(schema)) return [];
  const own = isRecord(schema['properties']) && schema['additionalProperties'] !== false ? [path] : [];
  return [...own, ...Object.entries(schema).flatMap(([key, value]) => openPlaces(value, `${path}/${key}`))];
}

describeWithHelm('values of the chart', (program) => {
  it.each(goodValues)('lint and render with %s', async (name) => {
    const linted = await helm(program(), 'lint', '--strict', chart, '--values', valuesFile(name));
    expect(`${linted.stdout}${linted.stderr}`).toContain('0 chart(s) failed');
    expect(linted.code).toBe(0);
    expect(await template(program(), [valuesFile(name)])).toMatchObject({ code: 0, stderr: '' });
  });

  // Not by lint: it lets the function "fail" pass.
  it.each(badValues)('are refused with $name', async ({ file, expected }) => {
    const { code, stderr } = await template(program(), [valuesFile('default'), file]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(expected);
  });

  it('are refused all at once when nothing is said', async () => {
    const { code, stderr } = await template(program(), []);
    expect(code).not.toBe(0);
    for (const key of ['database', 'migrations', 'queue.redis', 'objectStore.s3']) expect(stderr).toContain(`${key}.existingSecret must`);
  });

  it.each(goodValues)('render to the same bytes every time with %s', async (name) => {
    const first = await template(program(), [valuesFile(name)]);
    const second = await template(program(), [valuesFile(name)]);
    expect(first.stdout.length).toBeGreaterThan(5_000);
    expect(second.stdout).toBe(first.stdout);
  });

  it('are closed at every level of the schema', () => {
    expect(openPlaces(JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')))).toEqual([]);
  });

  it('belong to the release of the product', () => {
    const workspace: unknown = JSON.parse(readFileSync(resolve(chart, '../../package.json'), 'utf8'));
    expect(read(join(chart, 'Chart.yaml'))).toMatchObject({ appVersion: isRecord(workspace) ? workspace['version'] : undefined });
  });
});
