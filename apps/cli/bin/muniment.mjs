#!/usr/bin/env node
// Entry of the command line: plain JavaScript, so that it can say what is missing before anything was built.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const workspace = join(here, '..', '..', '..');
const main = join(here, '..', 'dist', 'main.js');
const ownNode = join(workspace, 'node_modules', '.bin', 'node');

if (!existsSync(main) || !existsSync(join(workspace, 'node_modules'))) {
  console.error('muniment is not built yet. Run in the workspace: npm install && npm run build');
  process.exit(1);
} else if (Number(process.versions.node.split('.')[0]) >= 22) {
  await import(main);
} else if (existsSync(ownNode) && process.env.REEXECUTED_BY_MUNIMENT !== '1') {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const { status, signal, error } = spawnSync(ownNode, args, { stdio: 'inherit', env: { ...process.env, REEXECUTED_BY_MUNIMENT: '1' } });
  if (error) console.error(`muniment: ${ownNode} does not start: ${error.message}`);
  process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
} else {
  console.error(`muniment needs Node 22 or newer; this is ${process.version}. Run in the workspace: npm install`);
  process.exit(1);
}
