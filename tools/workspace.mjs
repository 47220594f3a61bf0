/** What the other tools know about this checkout. Runs on Node 20 with nothing installed. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** Folders of all projects, as package.json lists them (`*` at the end stands for every folder that is a package). */
export function projectFolders() {
  return readJson('package.json').workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(root, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .sort();
  });
}

/** True when there is anything to compile: a folder may be planned before it has its first file. */
export function hasSources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).some((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return false;
    return entry.isDirectory() ? hasSources(join(folder, entry.name)) : entry.name.endsWith('.ts');
  });
}

/** Time of the last change, in milliseconds; 0 for what does not exist. */
export function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
