import { beforeAll, expect, it } from '@jest/globals';
import { goodValues, present, renderAll } from './chart.js';
import type { Rendered } from './manifest.js';
import { describeWithHelm } from './with-helm.js';

/** Secret that all good values name for the keys of the signer. */
const keysSecret = 'muniment-keys';

describeWithHelm('keys in the chart', (program) => {
  let renderings: ReadonlyMap<string, Rendered> = new Map();

  beforeAll(async () => {
    renderings = await renderAll(program());
  }, 120_000);

  it.each(goodValues)('are given to the pods of the signer, read-only, and to nothing else (%s)', (name) => {
    const { all, deployments } = present(renderings.get(name), `rendering ${name}`);
    const naming = all.filter((manifest) => JSON.stringify(manifest).includes(keysSecret));
    expect(naming.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([expect.stringMatching(/^Deployment .*-signer$/)]);

    const signer = present(
      deployments.find(({ metadata }) => metadata.name.endsWith('-signer')),
      'Deployment of the signer',
    ).spec.template.spec;
    const volume = present(
      signer.volumes.find(({ secret }) => secret?.secretName === keysSecret),
      'volume of the keys',
    );
    const mounts = signer.containers.flatMap(({ volumeMounts }) => volumeMounts.filter((mount) => mount.name === volume.name));
    expect(mounts.map(({ readOnly }) => readOnly)).toEqual([true]);
  });

  it('come with an identity token for the signer alone, where an audience is named', () => {
    const { deployments } = present(renderings.get('ha'), 'rendering ha');
    const tokens = deployments.flatMap(({ metadata, spec }) =>
      spec.template.spec.volumes.flatMap(({ projected }) =>
        (projected?.sources ?? []).flatMap(({ serviceAccountToken }) =>
          serviceAccountToken ? [[metadata.name, serviceAccountToken]] : [],
        ),
      ),
    );
    expect(tokens).toEqual([[expect.stringMatching(/-signer$/), expect.objectContaining({ path: 'token', audience: 'sigstore' })]]);
    const others = [...renderings].filter(([name]) => name !== 'ha');
    for (const [, { all }] of others) expect(JSON.stringify(all)).not.toContain('serviceAccountToken"');
  });

  it.each(goodValues)('are looked for by the signer alone (%s)', (name) => {
    const { deployments } = present(renderings.get(name), `rendering ${name}`);
    const told = deployments.filter(({ spec }) =>
      spec.template.spec.containers.some(({ env }) => env.some((variable) => variable.name === 'MUNIMENT_SIGNER_KEYS')),
    );
    expect(told.map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/-signer$/)]);
  });
});
