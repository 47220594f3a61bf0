/** Starts programs under the pinned Node, with the checkout's own commands first on the path. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { pinnedNode } from './installation.mjs';
import { root } from './workspace.mjs';

/** Paths of the programs, so that nothing depends on a shell or on how npm links commands. */
export const programs = {
  eslint: 'node_modules/eslint/bin/eslint.js',
  jest: 'node_modules/jest/bin/jest.js',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  nx: 'node_modules/nx/dist/bin/nx.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  prisma: 'node_modules/prisma/build/index.js',
  tsc: 'node_modules/typescript/bin/tsc',
};

export function environment(extra = {}) {
  return { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter), ...extra };
}

/** Runs to the end with our terminal; answers the exit code. We outlive the program, so that its last words come before ours. */
export async function run(args, env = {}) {
  const child = spawn(pinnedNode(), args, { cwd: root, env: environment(env), stdio: 'inherit' });
  return ending(child, ['SIGTERM']);
}

/** Runs to the end; answers exit code and everything it wrote. */
export async function capture(args, env = {}) {
  const child = spawn(pinnedNode(), args, { cwd: root, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return { code: await ending(child, ['SIGTERM']), output };
}

/**
 * Runs a long-lived program in its own process group: Ctrl-C reaches npm and us, often twice, and the program gets it once, from us.
 * The IPC channel tells it when we were killed.
 */
export async function supervise(args, env = {}) {
  const child = spawn(pinnedNode(), args, {
    cwd: root,
    env: environment(env),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const watch = watchNpm(() => child.kill('SIGTERM'));
  try {
    return await ending(child, ['SIGTERM', 'SIGINT', 'SIGHUP']);
  } finally {
    clearInterval(watch);
  }
}

/** `npm start` that was killed with -9 cannot pass anything on, but nobody would look for what it started. */
function watchNpm(gone) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  return setInterval(() => {
    if (process.ppid !== parent) gone();
  }, 1_000);
}

const sameKeypressMs = 500;

function ending(child, forwarded) {
  return new Promise((resolve, reject) => {
    let last = 0;
    const forward = (signal) => {
      if (!forwarded.includes(signal)) return;
      const now = Date.now();
      if (now - last > sameKeypressMs) child.kill(signal);
      last = now;
    };
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
