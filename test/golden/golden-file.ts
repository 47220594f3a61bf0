import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'events');

/** Names of the committed samples. */
export function goldenFiles(): readonly string[] {
  return readdirSync(folder);
}

/**
 * The committed text of a sample without its last line end. With UPDATE_GOLDEN=1 a missing one is written first; one that exists is never
 * replaced, because events that have its bytes may be stored somewhere.
 */
export function goldenText(name: string, produced: string): string {
  const file = path.join(folder, name);
  if (process.env['UPDATE_GOLDEN'] === '1' && !existsSync(file)) writeFileSync(file, `${produced}\n`);
  if (!existsSync(file)) throw new Error(`test/golden/events/${name} is missing: see test/golden/README.md`);
  return readFileSync(file, 'utf8').replace(/\n$/, '');
}
