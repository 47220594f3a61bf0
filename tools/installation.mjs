/** Makes node_modules what package-lock.json says, and finds the Node that belongs to it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { note } from './note.mjs';
import { root } from './workspace.mjs';

const stampPath = join(root, 'node_modules', '.muniment-lock');
const lowestNode = [22, 15];

/** Installs only when needed: `npm ci` empties node_modules, which would break whatever runs from it. */
export function ensureInstalled() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted) return;
  if (!matches(JSON.parse(lock))) install();
  writeFileSync(stampPath, wanted);
}

/** Whether npm's own record of what it installed agrees with the lock, version by version. Optional packages may be absent. */
function matches(lock) {
  const recordPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(recordPath)) return false;
  const installed = JSON.parse(readFileSync(recordPath, 'utf8')).packages;
  return Object.entries(lock.packages).every(([path, { version, link, optional, dev, devOptional }]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return optional === true || (devOptional === true && dev !== true);
    return link === true || found.version === version;
  });
}

function install() {
  note('installing packages (about a minute, once per package-lock.json) …');
  // Started by npm, we know which npm; its notices about engines and scripts are not for the user of this project.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts=false', '--include=dev', '--include=optional'];
  const { status, stdout, stderr, error } = spawnSync(npm[0], [...npm.slice(1), ...flags], { cwd: root, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`);
  throw new Error('npm ci failed; the lines above say why');
}

/** The pinned Node, or ours where that package has none for the platform (macOS) or it cannot run (musl). */
export function pinnedNode() {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > lowestNode[0] || (major === lowestNode[0] && minor >= lowestNode[1])) return process.execPath;
  throw new Error(`Muniment needs Node ${lowestNode.join('.')} or newer and brings none for this platform; this one is ${process.version}`);
}
