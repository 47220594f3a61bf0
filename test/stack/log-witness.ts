import { hash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { needProgram } from './debian-package.js';
import { findOrBuild, goProgramUnavailable, litewitness, runProgram } from './go-program.js';
import { findProgram, freePort, startServer, stopAll, untilReady, type ServerProcess } from './process.js';

const readyMs = 30_000;

/** A log witness of somebody else's making: litewitness, with a key that an ssh-agent made a moment ago. */
export interface RunningLogWitness {
  /** Its verifier key, as it tells it itself. */
  readonly key: string;
  /** Key and address as `MUNIMENT_LOG_WITNESSES` wants them. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Null when litewitness can be had here; otherwise the reason to print when skipping. */
export function logWitnessUnavailable(): string | null {
  // OpenSSH holds its key.
  return needProgram('ssh-agent', 'openssh-client') ?? goProgramUnavailable(litewitness);
}

/** Starts one that trusts this verifier key of a log. */
export async function startLogWitness(logKey: string, name: string): Promise<RunningLogWitness> {
  const directory = await mkdtemp(join(tmpdir(), 'muniment-witness-'));
  const servers: ServerProcess[] = [];
  try {
    const socket = join(directory, 'agent');
    const fingerprint = await startAgent(directory, socket, servers);
    const [database, listen] = [join(directory, 'witness.db'), `127.0.0.1:${await freePort()}`];
    const options = { name, db: database, 'ssh-agent': socket, key: fingerprint, listen };
    const args = Object.entries(options).flatMap(([option, value]) => [`-${option}`, value]);
    const server = startServer(await findOrBuild(litewitness), args, directory);
    servers.push(server);
    await untilReady(server, readyMs, async () => (await fetch(`http://${listen}/`)).ok);
    trustLog(database, logKey);
    const key = /vkey="?(\S+?)"?\s/.exec(server.output())?.[1];
    if (key === undefined) throw new Error(`litewitness did not tell its key: ${server.output()}`);
    return { key, address: `${key} http://${listen}`, stop: () => stopAll(servers, directory) };
  } catch (error) {
    await stopAll(servers, directory);
    throw error;
  }
}

/** An agent with one new Ed25519 key; answers the key's fingerprint. */
async function startAgent(directory: string, socket: string, servers: ServerProcess[]): Promise<string> {
  const keyFile = join(directory, 'key');
  await told('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile]);
  const fingerprint = (await told('ssh-keygen', ['-l', '-f', keyFile])).split(' ')[1] ?? '';
  const agent = startServer(findProgram('ssh-agent') ?? 'ssh-agent', ['-D', '-a', socket], directory);
  servers.push(agent);
  await untilReady(agent, readyMs, async () => (await runProgram('ssh-add', [keyFile], { SSH_AUTH_SOCK: socket })).code === 0);
  return fingerprint;
}

/** What `witnessctl add-log` and `add-key` do; that program needs a module which not every Go mirror has. */
function trustLog(database: string, logKey: string): void {
  const [origin = ''] = logKey.split('+');
  const db = new DatabaseSync(database);
  try {
    const root = hash('sha256', '', 'base64');
    db.prepare('insert into log (origin, tree_size, tree_hash) values (?, 0, ?)').run(origin, root);
    db.prepare('insert into key (origin, key) values (?, ?)').run(origin, logKey);
  } finally {
    db.close();
  }
}

async function told(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
  return stdout;
}
