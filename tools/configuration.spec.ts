import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownVariables } from '@muniment/platform';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const declaration = /^\s*(MUNIMENT_[A-Z0-9_]+): ?z/gm;
/** Read by the command line only, which has no configuration fragment. */
const commandLineOnly = ['MUNIMENT_TOKEN', 'MUNIMENT_URL'];

function declared(): readonly string[] {
  const sources = globSync('{libs,apps}/**/src/**/*.ts', { cwd: root }).filter((file) => !/\.spec\.ts$|node_modules|dist\//.test(file));
  return sources.flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(declaration)].map(([, name]) => String(name)));
}

describe('configuration variables', () => {
  it('are all in the list by which services tell a neighbour variable from a typing mistake', () => {
    const names = new Set([...declared(), ...commandLineOnly]);
    expect([...knownVariables].sort()).toEqual([...names].sort());
  });
});
