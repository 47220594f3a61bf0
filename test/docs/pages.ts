import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Text of a file of the workspace. */
export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Files of the workspace that fit, without what was built or installed. */
export function filesLike(...patterns: readonly string[]): readonly string[] {
  return globSync([...patterns], { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' || name === '.git' }).sort();
}

/** Every page of documentation. */
export const pages = filesLike('*.md', 'docs/**/*.md', 'libs/**/*.md', 'apps/**/*.md', 'test/**/*.md');
