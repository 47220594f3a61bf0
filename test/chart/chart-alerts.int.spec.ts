import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { readRules } from '../alerts/rules.js';
import { needProgram } from '../stack/debian-package.js';
import { runProgram } from '../stack/go-program.js';
import { helm } from '../stack/helm.js';
import { findProgram } from '../stack/process.js';
import { chart, present, render, valuesFile } from './chart.js';
import type { Manifest, Rendered } from './manifest.js';
import { describeWithHelm } from './with-helm.js';

const kind = 'PrometheusRule';
const ruleOf = (rendered: Rendered): Manifest =>
  present(
    rendered.all.find((manifest) => manifest.kind === kind),
    kind,
  );

describeWithHelm('alerts of the chart', (program) => {
  let folder: string;
  let rule: Manifest;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muniment-chart-alerts-'));
    rule = ruleOf(await render(program(), valuesFile('ha')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are not there unless asked for: without the operator the API does not know them', async () => {
    expect((await render(program(), valuesFile('default'))).all.map((manifest) => manifest.kind)).not.toContain(kind);
  });

  it('are the rules of the file, braces and all', () => {
    expect(rule).toMatchObject({ apiVersion: 'monitoring.coreos.com/v1', metadata: { name: 'muniment' } });
    expect(rule.spec).toEqual(readRules());
    expect(JSON.stringify(rule.spec)).toContain('{{ $labels.dependency }}');
  });

  it('carry the labels that a ruleSelector asks for, before our own of that name', () => {
    expect(rule.metadata.labels).toMatchObject({
      release: 'kube-prometheus-stack',
      'app.kubernetes.io/part-of': 'monitoring',
      'app.kubernetes.io/name': 'muniment',
      'app.kubernetes.io/component': 'alerts',
    });
  });

  it('are the same in the packaged chart', async () => {
    expect(await helm(program(), 'package', chart, '--destination', folder)).toMatchObject({ code: 0 });
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    const values = ['--values', valuesFile('ha'), '--show-only', 'templates/prometheusrule.yaml'];
    const { stdout } = await helm(program(), 'template', 'muniment', join(folder, archive), ...values);
    expect(parse(stdout)).toMatchObject({ kind, spec: readRules() });
  });

  const missing = needProgram('promtool', 'prometheus');
  if (missing !== null) console.log(`skipped: rules of the chart in Prometheus: ${missing}`);
  (missing === null ? it : it.skip)('are accepted by Prometheus as they are rendered', async () => {
    const file = join(folder, 'rendered.yaml');
    writeFileSync(file, stringify(rule.spec));
    expect(await runProgram(findProgram('promtool') ?? '', ['check', 'rules', file])).toMatchObject({ code: 0 });
  });
});
