import { z } from 'zod';

/*
 * What the tests read of rendered manifests. Only the fields they judge; everything else passes through. That all fields exist in the API
 * and have the right type is not judged here.
 */

const metadata = z.looseObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

const reference = z.object({ name: z.string(), key: z.string() });
const variable = z.union([
  z.strictObject({ name: z.string(), value: z.string() }),
  z.strictObject({ name: z.string(), valueFrom: z.strictObject({ secretKeyRef: reference }) }),
]);

const probe = z.looseObject({ httpGet: z.strictObject({ path: z.string(), port: z.string() }), timeoutSeconds: z.number() });

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).optional(),
  env: z.array(variable),
  envFrom: z.array(z.strictObject({ configMapRef: z.strictObject({ name: z.string() }) })).default([]),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })).default([]),
  securityContext: z.unknown(),
  resources: z.looseObject({ requests: z.record(z.string(), z.string()), limits: z.record(z.string(), z.string()) }),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  lifecycle: z.looseObject({ preStop: z.looseObject({ exec: z.strictObject({ command: z.array(z.string()) }) }) }).optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) })),
});

const volume = z.looseObject({
  name: z.string(),
  emptyDir: z.looseObject({ sizeLimit: z.string() }).optional(),
  configMap: z.looseObject({ name: z.string() }).optional(),
  secret: z
    .looseObject({ secretName: z.string(), items: z.array(z.looseObject({ key: z.string(), path: z.string() })).optional() })
    .optional(),
  projected: z
    .looseObject({
      sources: z.array(z.looseObject({ serviceAccountToken: z.looseObject({ path: z.string(), audience: z.string() }).optional() })),
    })
    .optional(),
});

const pod = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({
    automountServiceAccountToken: z.boolean(),
    enableServiceLinks: z.boolean(),
    serviceAccountName: z.string().optional(),
    terminationGracePeriodSeconds: z.number().optional(),
    securityContext: z.unknown(),
    containers: z.array(container),
    volumes: z.array(volume),
  }),
});

const other = z.looseObject({ kind: z.string(), apiVersion: z.string(), metadata, spec: z.unknown().optional() });
const deployment = other.extend({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    replicas: z.number().optional(),
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    template: pod,
  }),
});
const job = other.extend({ kind: z.literal('Job'), spec: z.looseObject({ template: pod }) });
const configMap = other.extend({ kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string()) });

export type Pod = z.output<typeof pod>;
export type Container = z.output<typeof container>;
export type Deployment = z.output<typeof deployment>;
export type Job = z.output<typeof job>;
export type ConfigMap = z.output<typeof configMap>;
export type Manifest = z.output<typeof other>;

/** Everything one rendering made, the kinds with pods or data read in full. */
export interface Rendered {
  readonly all: readonly Manifest[];
  readonly deployments: readonly Deployment[];
  readonly jobs: readonly Job[];
  readonly configMaps: readonly ConfigMap[];
}

/** @throws ZodError when a document is not what the tests take it for */
export function readManifests(documents: readonly unknown[]): Rendered {
  const all = documents.map((document) => other.parse(document));
  const ofKind = (kind: string): readonly Manifest[] => all.filter((manifest) => manifest.kind === kind);
  return {
    all,
    deployments: ofKind('Deployment').map((manifest) => deployment.parse(manifest)),
    jobs: ofKind('Job').map((manifest) => job.parse(manifest)),
    configMaps: ofKind('ConfigMap').map((manifest) => configMap.parse(manifest)),
  };
}
