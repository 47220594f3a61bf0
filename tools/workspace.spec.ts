import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { projectFolders } from './workspace.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const entry = z.looseObject({
  link: z.boolean().optional(),
  resolved: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lock = z.looseObject({ packages: z.record(z.string(), entry) }).parse(JSON.parse(read('package-lock.json')));
const manifest = z.looseObject({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  nx: z.looseObject({ tags: z.array(z.string()) }),
});
const projects = projectFolders().map((folder) => ({ folder, ...manifest.parse(JSON.parse(read(`${folder}/package.json`))) }));

/** Where Node would find `name` when `from` asks for it. */
function resolves(name: string, from: string): boolean {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const candidate = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (candidate in lock.packages) return true;
    if (base === '') return false;
    if (!base.includes('/node_modules/')) base = '';
    if (base === '') return `node_modules/${name}` in lock.packages;
  }
}

describe('package-lock.json', () => {
  it('carries no download address', () => {
    const addresses = Object.entries(lock.packages).filter(([, { resolved, link }]) => link !== true && resolved !== undefined);
    expect(addresses).toEqual([]);
  });

  it('has an entry for every optional dependency: npm leaves out silently what its registry lacks, and npm ci then fails elsewhere', () => {
    const missing = Object.entries(lock.packages).flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !resolves(name, from))
        .map((name) => `${from} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('knows what each project depends on now: npm ci refuses to install otherwise', () => {
    for (const { folder, name, dependencies } of projects) {
      expect([folder, lock.packages[`node_modules/${name}`]?.resolved]).toEqual([folder, folder]);
      expect([folder, lock.packages[folder]?.dependencies ?? {}]).toEqual([folder, dependencies]);
    }
  });

  it('pins exact versions', () => {
    const { dependencies, devDependencies } = z
      .looseObject({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range));
    expect(loose).toEqual([]);
  });
});

describe('projects', () => {
  it('each carry exactly one layer tag, which the boundary table knows', () => {
    const table = read('eslint.config.mjs');
    for (const { folder, nx } of projects) {
      const layers = nx.tags.filter((tag) => tag.startsWith('layer:'));
      expect([folder, layers]).toEqual([folder, [expect.any(String)]]);
      expect(table).toContain(`sourceTag: '${String(layers[0])}'`);
    }
  });

  it('reference, for the compiler, exactly the projects they depend on', () => {
    const folderOf = new Map(projects.map(({ name, folder }) => [name, folder]));
    const config = z.looseObject({ references: z.array(z.object({ path: z.string() })).default([]) });
    for (const { folder, dependencies } of projects) {
      const { references } = config.parse(JSON.parse(read(`${folder}/tsconfig.json`)));
      const referenced = references.map((reference) => path.posix.join(folder, reference.path)).sort();
      const needed = Object.keys(dependencies).flatMap((name) => folderOf.get(name) ?? []);
      expect([folder, referenced]).toEqual([folder, needed.sort()]);
    }
  });

  it('have sources where the compiler looks for them', () => {
    const empty = projects
      .filter(({ folder }) => !existsSync(path.join(root, folder, 'src')) && folder !== 'test')
      .map(({ folder }) => folder);
    expect(empty).toEqual([]);
  });
});
