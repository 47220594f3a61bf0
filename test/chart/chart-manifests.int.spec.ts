import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { chart, goodValues, present, render, renderAll, services, valuesFile } from './chart.js';
import type { Pod, Rendered } from './manifest.js';
import { describeWithHelm } from './with-helm.js';

/** What every service has; the others are for those that need them. */
const filesOfAll = ['deployment.yaml', 'networkpolicy.yaml', 'pdb.yaml', 'serviceaccount.yaml'];
const filesOfSome = ['service.yaml', 'hpa.yaml'];

/** Level "restricted" of the Pod Security Standards, and a number for the user. */
const podSecurity = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } };
const containerSecurity = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
const restrictedVolumes = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];

function podsOf({ deployments, jobs }: Rendered): readonly Pod[] {
  return [...deployments, ...jobs].map(({ spec }) => spec.template);
}

describeWithHelm('manifests of the chart', (program) => {
  let renderings: ReadonlyMap<string, Rendered> = new Map();
  const rendered = (name: string): Rendered => present(renderings.get(name), `rendering ${name}`);

  beforeAll(async () => {
    renderings = await renderAll(program());
  }, 120_000);

  it.each(services)('has a folder for %s with the usual files', (service) => {
    const files = readdirSync(join(chart, 'templates', service));
    expect(files).toEqual(expect.arrayContaining(filesOfAll));
    expect(files.filter((file) => ![...filesOfAll, ...filesOfSome].includes(file))).toEqual([]);
  });

  it.each(goodValues)('makes a Deployment, an account and a disruption budget for every service, and for nothing else (%s)', (name) => {
    const expected = services.map((service) => `${rendered(name).configMaps[0]?.metadata.name.replace(/-config$/, '')}-${service}`);
    for (const kind of ['Deployment', 'ServiceAccount', 'PodDisruptionBudget']) {
      const made = rendered(name).all.filter((manifest) => manifest.kind === kind);
      expect(made.map(({ metadata }) => metadata.name).sort()).toEqual(expected);
    }
  });

  it.each(goodValues)('makes restricted pods without a token and without links to Services (%s)', (name) => {
    for (const { spec } of podsOf(rendered(name))) {
      expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false, securityContext: podSecurity });
      for (const refused of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) expect(spec).not.toHaveProperty(refused);
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual(containerSecurity);
        expect(container.resources.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
        expect(container.resources.limits).toHaveProperty('memory');
        expect(container.volumeMounts.map(({ name: mount }) => mount).sort()).toEqual(spec.volumes.map((volume) => volume.name).sort());
      }
      for (const { name: volume, ...source } of spec.volumes)
        expect([volume, restrictedVolumes]).toEqual([volume, expect.arrayContaining(Object.keys(source))]);
    }
  });

  it.each(goodValues)('selects its own pods only (%s)', (name) => {
    const selectors = rendered(name).deployments.map(({ spec }) => {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      return JSON.stringify(spec.selector.matchLabels);
    });
    expect(new Set(selectors).size).toBe(services.length);
  });

  it.each(goodValues)('makes no Secret and puts nothing secret in a ConfigMap (%s)', (name) => {
    expect(rendered(name).all.map(({ kind }) => kind)).not.toContain('Secret');
    for (const { data } of rendered(name).configMaps) {
      expect(Object.keys(data).filter((key) => /(PASSWORD|TOKEN|SECRET|_KEY|DATABASE_URL|REDIS_URL)$/.test(key))).toEqual([]);
      expect(Object.values(data).filter((value) => /:\/\/[^/]*@/.test(value))).toEqual([]);
    }
  });

  it('gives the owner of the database to the migrations only', async () => {
    const { deployments, jobs } = await render(program(), valuesFile('default'));
    expect(JSON.stringify(jobs)).toContain('muniment-database-owner');
    expect(JSON.stringify(deployments)).not.toContain('muniment-database-owner');
  });

  it('starts pods anew when their configuration changes', () => {
    const sums = (name: string) => rendered(name).deployments.map(({ spec }) => spec.template.metadata.annotations['checksum/config']);
    expect(new Set(sums('default'))).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{64}$/)]));
    expect(sums('redis-s3')[0]).not.toBe(sums('default')[0]);
  });

  it('names the migrations anew for another image, and never without reason', async () => {
    const nameWith = async (...files: string[]) => (await render(program(), ...files)).jobs.map(({ metadata }) => metadata.name);
    const [usual] = await nameWith(valuesFile('default'));
    expect(usual).toMatch(/^muniment-migrate-[0-9a-f]{10}$/);
    expect(await nameWith(valuesFile('default'))).toEqual([usual]);
    // The later file wins: other image, other queue, same database.
    expect(await nameWith(valuesFile('redis-s3'), valuesFile('default'))).not.toEqual([usual]);
  });

  it('runs the migrations first, beside or not at all', () => {
    expect(rendered('default').jobs[0]?.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    expect(rendered('redis-s3').jobs[0]?.metadata.annotations).toEqual({});
    expect(rendered('ha').jobs).toEqual([]);
  });

  it('leaves the number of hashers to the autoscaler, and only then', () => {
    const replicas = (name: string) =>
      Object.fromEntries(rendered(name).deployments.map(({ metadata, spec }) => [metadata.name, spec.replicas]));
    expect(replicas('default')).toEqual({ 'muniment-gateway': 1, 'muniment-hasher': 1, 'muniment-retention': 1, 'muniment-signer': 1 });
    expect(replicas('ha')).toEqual({ 'muniment-gateway': 3, 'muniment-hasher': undefined, 'muniment-retention': 2, 'muniment-signer': 1 });
    const scaled = (name: string) => rendered(name).all.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').length;
    expect([scaled('default'), scaled('ha')]).toEqual([0, 1]);
  });

  it('takes a digest before a tag', () => {
    const images = (name: string) =>
      rendered(name).deployments.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
    expect(images('ha')).toContain(`muniment-gateway@sha256:${'1'.padStart(64, '0')}`);
    expect(images('redis-s3')).toContain('registry.example.org/team/muniment-hasher:0.1.0');
  });

  it('closes every pod but for what it needs', () => {
    const policies = (name: string) => rendered(name).all.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(
      policies('default')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual([...services, 'migrations'].sort().map((component) => `muniment-${component}`));
    for (const { metadata, spec } of policies('default')) {
      expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
      expect([metadata.name, JSON.stringify(spec).includes('"ingress":')]).toEqual([metadata.name, metadata.name === 'muniment-gateway']);
    }
    const ports = policies('redis-s3').map(({ metadata, spec }) => [
      metadata.name,
      [...JSON.stringify(spec).matchAll(/"port":(\d+)/g)].map((m) => m[1]),
    ]);
    const [dns, all] = [
      ['53', '53'],
      ['53', '53', '6432', '6380', '9000', '4318'],
    ];
    expect(Object.fromEntries(ports)).toEqual({
      'muniment-gateway': all,
      'muniment-hasher': all,
      'muniment-retention': all,
      'muniment-signer': [...all, '8443', '8200'],
      'muniment-migrations': [...dns, '6432'],
    });
  });
});
