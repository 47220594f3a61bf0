import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from '@jest/globals';
import { parseConfig, platformConfig, startService, type ServiceDefinition } from '@muniment/platform';
import { collectionConfig } from '@muniment/assembly';
import { parseRetentionPolicy } from '@muniment/formats';
import { goodValues, present, renderAll, services } from './chart.js';
import type { Container, Deployment, Pod, Rendered } from './manifest.js';
import { describeWithHelm } from './with-helm.js';

const root = resolve(import.meta.dirname, '../..');

/** Variables that the chart does not set on purpose. */
const notOffered: ReadonlySet<string> = new Set([
  // Keys come as files.
  'MUNIMENT_S3_ACCESS_KEY',
  'MUNIMENT_S3_SECRET_KEY',
  // Keys of a cluster come from a Secret: a pod that made its own would sign with what nobody else trusts.
  'MUNIMENT_SIGNER_MAKE_KEYS',
  // For rehearsals on a copy of the archive.
  'MUNIMENT_CLOCK_FILE',
]);

/** What the named Secrets would hold. */
const secretValues: Readonly<Record<string, string>> = {
  MUNIMENT_DATABASE_URL: 'postgresql://login:password@database:5432/archive',
  MUNIMENT_REDIS_URL: 'redis://:password@queue:6379',
};

type Definition = ServiceDefinition<Record<string, never>>;
const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && 'config' in value && 'module' in value;

async function definitionOf(service: string): Promise<Definition> {
  const module: unknown = await import(pathToFileURL(resolve(root, `apps/${service}/dist/${service}.service.js`)).href);
  const found = Object.values(typeof module === 'object' && module !== null ? module : {}).find(isDefinition);
  if (found === undefined) throw new Error(`apps/${service} exports no service definition`);
  return found;
}

/** The environment the kubelet would give to a container. */
function environmentOf({ env, envFrom }: Container, { configMaps }: Rendered): Readonly<Record<string, string>> {
  const shared = envFrom.flatMap(({ configMapRef }) => {
    const found = configMaps.find(({ metadata }) => metadata.name === configMapRef.name);
    return Object.entries(present(found, `ConfigMap ${configMapRef.name}`).data);
  });
  const own = env.map((variable): [string, string] => {
    if ('value' in variable) return [variable.name, variable.value];
    return [variable.name, present(secretValues[variable.name], `reason why ${variable.name} is secret`)];
  });
  return Object.fromEntries([...shared, ...own]);
}

const serviceOf = ({ metadata }: Deployment): string => metadata.labels['app.kubernetes.io/component'] ?? '';
const ours = (environment: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(environment).filter((name) => name.startsWith('MUNIMENT_'));

function onlyContainer(pod: Pod): Container {
  const [container, ...more] = pod.spec.containers;
  if (container === undefined || more.length > 0) throw new Error('a pod of the chart has one container');
  return container;
}

/** Runs what the image of the command line would run. */
function runImage(
  service: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [resolve(root, 'docker/entry.mjs'), ...args], { env: { ...env, SERVICE: service } });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  return new Promise((answer, reject) => {
    child.once('error', reject).once('close', (code) => answer({ code: code ?? -1, text }));
  });
}

describeWithHelm('what the chart tells the services', (program) => {
  let renderings: ReadonlyMap<string, Rendered> = new Map();
  const definitions = new Map<string, Definition>();
  const rendered = (name: string): Rendered => present(renderings.get(name), `rendering ${name}`);
  const definition = (service: string): Definition => present(definitions.get(service), `service ${service}`);

  beforeAll(async () => {
    renderings = await renderAll(program());
    for (const service of services) definitions.set(service, await definitionOf(service));
  }, 120_000);

  it.each(goodValues)('is accepted by their own configuration (%s)', (name) => {
    for (const deployment of rendered(name).deployments) {
      const { config, check } = definition(serviceOf(deployment));
      const container = onlyContainer(deployment.spec.template);
      const environment = environmentOf(container, rendered(name));
      const parsed = parseConfig(config, environment, check);
      expect(ours(environment).filter((variable) => !(variable in config) && !(variable in platformConfig))).toEqual([]);
      expect(parsed).toMatchObject({ MUNIMENT_HOST: '0.0.0.0' });
      expect(container.ports).toContainEqual({ name: 'admin', containerPort: parsed.MUNIMENT_ADMIN_PORT });
    }
  });

  it.each(services)('says everything that %s can be told', (service) => {
    const told = new Set(
      [...renderings.values()].flatMap((one) =>
        one.deployments.filter((d) => serviceOf(d) === service).flatMap((d) => ours(environmentOf(onlyContainer(d.spec.template), one))),
      ),
    );
    const all = [...Object.keys(definition(service).config), ...Object.keys(platformConfig)];
    expect(all.filter((variable) => !told.has(variable) && !notOffered.has(variable))).toEqual([]);
  });

  it('keeps large numbers whole', () => {
    const gateway = present(
      rendered('default').deployments.find((d) => serviceOf(d) === 'gateway'),
      'gateway',
    );
    expect(environmentOf(onlyContainer(gateway.spec.template), rendered('default'))).toMatchObject({
      MUNIMENT_MAX_BODY_BYTES: '5497558138880',
      MUNIMENT_PORT: String(onlyContainer(gateway.spec.template).ports.find(({ name }) => name === 'http')?.containerPort),
    });
  });

  it.each(goodValues)('names key files that a mounted Secret brings (%s)', (name) => {
    for (const { spec } of rendered(name).deployments) {
      const { volumes } = spec.template.spec;
      const container = onlyContainer(spec.template);
      const mounted = container.volumeMounts.flatMap((mount) =>
        (volumes.find((volume) => volume.name === mount.name)?.secret?.items ?? []).map(({ path }) => `${mount.mountPath}/${path}`),
      );
      const named = Object.entries(environmentOf(container, rendered(name))).filter(([variable]) => variable.endsWith('_KEY_FILE'));
      expect(named.map(([, path]) => path).sort()).toEqual([...mounted].sort());
    }
  });

  it('mounts the retention policy where the services look for it, and starts them anew when it changes', () => {
    const sums = (of: Rendered) => of.deployments.map(({ spec }) => spec.template.metadata.annotations['checksum/retention-policy']);
    const one = rendered('redis-s3');
    for (const { spec } of one.deployments) {
      const container = onlyContainer(spec.template);
      const file = present(environmentOf(container, one)['MUNIMENT_RETENTION_POLICY'], 'path of the policy');
      const mount = present(
        container.volumeMounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`)),
        'mount of the policy',
      );
      const source = spec.template.spec.volumes.find(({ name }) => name === mount.name)?.configMap;
      const found = one.configMaps.find(({ metadata }) => metadata.name === source?.name);
      const text = present(found?.data[file.slice(mount.mountPath.length + 1)], 'text of the policy');
      const policy = parseRetentionPolicy(new TextEncoder().encode(text));
      expect(policy.curatedKeep).toBe(5);
      expect(policy.classes).toContainEqual({ name: 'nightly', durationSeconds: 259_200 });
    }
    expect(new Set(sums(one))).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{64}$/)]));
    expect(new Set([...sums(one), ...sums(rendered('ha'))]).size).toBe(2);
    expect(sums(rendered('default'))).toEqual(services.map(() => undefined));
  });

  it('tells gateway and retention service the same about collections', () => {
    for (const one of renderings.values()) {
      const told = one.deployments
        .map((deployment) => environmentOf(onlyContainer(deployment.spec.template), one))
        .map((environment) => Object.entries(environment).filter(([name]) => name in collectionConfig))
        .filter((variables) => variables.length > 0);
      expect(told).toHaveLength(2);
      expect(told[0]).toEqual(told[1]);
    }
    const retention = present(
      rendered('redis-s3').deployments.find((d) => serviceOf(d) === 'retention'),
      'retention',
    );
    expect(environmentOf(onlyContainer(retention.spec.template), rendered('redis-s3'))).toMatchObject({
      MUNIMENT_COLLECTION: 'automatic',
      MUNIMENT_COLLECTION_GRACE_SECONDS: '172800',
      MUNIMENT_TRASH_SECONDS: '315360000',
      MUNIMENT_COLLECTION_MAX_SHARE_PERCENT: '5',
      MUNIMENT_SWEEP_SECONDS: '900',
    });
  });

  it('gives the service time to drain, and a second thought', () => {
    for (const { deployments } of renderings.values()) {
      for (const deployment of deployments) {
        const container = onlyContainer(deployment.spec.template);
        const drain = container.env.find((variable) => variable.name === 'MUNIMENT_DRAIN_SECONDS');
        const seconds = drain !== undefined && 'value' in drain ? Number(drain.value) : Number.NaN;
        const preStop = Number(container.lifecycle?.preStop.exec.command[1] ?? 0);
        expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(seconds + preStop + 10);
      }
    }
  });

  it('probes only what the platform answers', async () => {
    const probed = new Set(
      [...renderings.values()].flatMap(({ deployments }) =>
        deployments.flatMap(({ spec }) => {
          const { startupProbe, livenessProbe, readinessProbe } = onlyContainer(spec.template);
          return [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet.path ?? 'none');
        }),
      ),
    );
    class Nothing {}
    const service = await startService({ name: 'probed', config: {}, module: () => Nothing }, { MUNIMENT_LOG_LEVEL: 'fatal' });
    try {
      for (const path of probed)
        expect(`${path} ${(await fetch(`http://127.0.0.1:${service.adminPort}${path}`)).status}`).toBe(`${path} 200`);
    } finally {
      await service.stop();
    }
  });

  it.each(['redis-s3', 'postgres-filesystem'])('calls a migration verb that the command line has (%s)', async (name) => {
    const [job] = rendered(name).jobs;
    const container = onlyContainer(present(job, 'Job').spec.template);
    const image = /-(\w+)[:@]/.exec(container.image)?.[1];
    expect(container.args?.includes('--queue')).toBe(name === 'postgres-filesystem');
    const closed = 'postgresql://owner:hunter2@127.0.0.1:1/archive';
    const { code, text } = await runImage(image ?? '', container.args ?? [], { MUNIMENT_DATABASE_URL: closed });
    // It got as far as the database, which is not there. A wrong verb or option would be 2.
    expect(text).toContain('ECONNREFUSED');
    expect(text).not.toContain('hunter2');
    expect([1, 10]).toContain(code);
  });
});
