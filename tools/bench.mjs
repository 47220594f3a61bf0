/** Runs the measurements of test/bench, one after the other: two at once would measure each other. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { note } from './note.mjs';
import { run } from './program.mjs';
import { root } from './workspace.mjs';

const folder = 'test/dist/bench';

/** `wanted`: parts of names; none means all. Answers 1 when a goal was missed or a measurement failed. */
export async function bench(wanted) {
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.bench.js'));
  const chosen = files.filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part))).sort();
  if (chosen.length === 0)
    throw new Error(`no such measurement; there are: ${files.map((file) => file.replace('.bench.js', '')).join(', ')}`);
  const failed = [];
  for (const file of chosen) {
    note(`bench ${file.replace('.bench.js', '')}`);
    if ((await run([join(folder, file)])) !== 0) failed.push(file);
  }
  note(failed.length === 0 ? 'every measurement met its goals' : `missed or failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}
