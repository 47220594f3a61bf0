import { createServer } from 'node:net';
import { ConfigError, parseConfig, redactText, type Environment } from '@muniment/platform';
import { DataDirectory } from './data-directory.js';
import { lockDirectory } from './directory-lock.js';
import { embeddedConfig } from './embedded-config.js';
import { Installation } from './installation.js';
import { endLeftovers } from './leftovers.js';
import { hasCode, orRefused } from './refused-by-disk.js';
import { StartRefused } from './start-refused.js';
import { StopRequest } from './stop-request.js';
import { welcome } from './welcome.js';

export interface EmbeddedOptions {
  readonly env: Environment;
  /** For tests; absent: the built apps beside this one. */
  readonly services?: Readonly<Record<string, URL>>;
}

const builtServices = Object.fromEntries(
  ['gateway', 'hasher', 'retention', 'signer'].map((name) => [name, new URL(`../../${name}/dist/main.js`, import.meta.url)]),
);

/**
 * The whole archive on one machine, until it is told to stop (SIGINT, SIGTERM, SIGHUP, or the parent's IPC channel closing).
 * Exit codes: 0 stopped as asked, 1 failed, 78 configuration.
 */
export async function runEmbedded(options: EmbeddedOptions): Promise<void> {
  try {
    process.exitCode = await serve(options);
  } catch (error) {
    const config = error instanceof ConfigError;
    const plain = config || error instanceof StartRefused || !(error instanceof Error);
    process.stderr.write(
      `muniment: ${redactText(plain ? (error instanceof Error ? error.message : String(error)) : (error.stack ?? error.message))}\n`,
    );
    process.exitCode = config ? 78 : 1;
  }
  if (process.connected) process.disconnect();
}

async function serve({ env, services = builtServices }: EmbeddedOptions): Promise<number> {
  const config = parseConfig(embeddedConfig, env);
  const stop = new StopRequest();
  const { directory, unlock } = orRefused(config.MUNIMENT_DATA_DIR, () => {
    const made = new DataDirectory(config.MUNIMENT_DATA_DIR);
    return { directory: made, unlock: lockDirectory(made.lock, made.root) };
  });
  try {
    await endLeftovers(directory);
    await requireFreePort(config.MUNIMENT_HOST, config.MUNIMENT_PORT);
    const installation = new Installation({
      directory,
      env,
      services,
      host: config.MUNIMENT_HOST,
      port: config.MUNIMENT_PORT,
      databaseUrl: config.MUNIMENT_DATABASE_URL,
      drainSeconds: config.MUNIMENT_DRAIN_SECONDS,
      say,
    });
    await keepRunning(installation, stop, directory);
    say('stopped');
    return 0;
  } finally {
    unlock();
  }
}

/** From start to stop. Rejects when the installation cannot start or cannot go on; it is stopped then as well. */
async function keepRunning(installation: Installation, stop: StopRequest, directory: DataDirectory): Promise<void> {
  stop.onInsisted(() => {
    installation.kill();
  });
  try {
    const started = installation.start();
    const early = await Promise.race([started.then(() => false), stop.asked.then(() => true)]);
    if (early) {
      // Nobody has been promised anything yet: no reason to wait for services to come up before they go down.
      installation.kill();
      await started.catch(() => undefined);
    } else {
      process.stdout.write(welcome(installation.url, directory.adminToken));
      await Promise.race([stop.asked, installation.lost]);
    }
    say('stopping');
  } finally {
    await installation.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`muniment: ${line}\n`);
}

/** Says it before the database is started and a service dies of it. */
function requireFreePort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const taken = hasCode(error, 'EADDRINUSE');
      const words = taken
        ? `another program already listens on ${host}:${String(port)}`
        : `cannot listen on ${host}:${String(port)} (${error.message})`;
      reject(new StartRefused(`${words}; set MUNIMENT_PORT to a free port`));
    });
    probe.listen(port, host, () =>
      probe.close(() => {
        resolve();
      }),
    );
  });
}
