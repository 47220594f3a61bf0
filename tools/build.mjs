/** Brings every dist folder up to date. Incremental: a second build of unchanged sources takes about a second. */
import { join } from 'node:path';
import { ensureInstalled } from './installation.mjs';
import { note } from './note.mjs';
import { capture, programs } from './program.mjs';
import { changedAt, hasSources, projectFolders, root } from './workspace.mjs';

const generated = 'libs/adapters/postgres/src/generated/client.ts';
const schema = 'prisma/schema.prisma';

/** The variables with which the stock Prisma CLI works without downloading or reporting anything. */
export const prismaEnvironment = {
  PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'tools', 'schema-engine.mjs'),
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

/** Installs, and generates what is not written by hand: from here on everything can be read, if not run. Answers what went wrong: nothing when all is well. */
export async function prepare() {
  ensureInstalled();
  if (changedAt(generated) >= Math.max(changedAt(schema), changedAt('package-lock.json'))) return { code: 0, output: '' };
  return capture([programs.prisma, 'generate'], prismaEnvironment);
}

/** Answers what the compiler said: nothing when all is well. */
export async function compile() {
  const first = changedAt('libs/domain/dist/index.js') === 0;
  if (first) note('building (about half a minute, once) …');
  // One compiler process for all projects shares parsed libraries and orders them by their references; one process per project is slower here.
  return capture([programs.tsc, '-b', ...[...projectFolders(), 'tools'].filter(hasSources)]);
}

async function build() {
  const prepared = await prepare();
  return prepared.code === 0 ? compile() : prepared;
}

/** Prepares and compiles, or ends this process with the words of what failed. */
export async function ensureBuilt() {
  const { code, output } = await build();
  if (code === 0) return;
  process.stderr.write(output);
  throw new Error('the build failed; the lines above say where');
}
