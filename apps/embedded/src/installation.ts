import { ensureAdminToken } from '@muniment/postgres';
import type { DataDirectory } from './data-directory.js';
import { embeddedDatabase, givenDatabase, type Database } from './database.js';
import { rememberProcesses } from './leftovers.js';
import { ServiceProcess, type Ready } from './service-process.js';

export interface InstallationOptions {
  readonly directory: DataDirectory;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly drainSeconds: number;
  /** Service name -> the program. The one called gateway is the public one. */
  readonly services: Readonly<Record<string, URL>>;
  /** A line for the person at the terminal. */
  readonly say: (line: string) => void;
}

/** Longer than a service needs after its drain time to close what it holds. */
const closingMs = 10_000;

/** Database and services of one data directory. */
export class Installation {
  private database: Database | undefined;
  private readonly services = new Map<string, ServiceProcess>();
  private readonly ready = new Map<string, Ready>();
  private killed = false;

  /** Rejects when something is lost that cannot be mended while running: the database does not start again. Never resolves. */
  readonly lost: Promise<never>;
  private lose: (error: unknown) => void = () => undefined;

  constructor(private readonly options: InstallationOptions) {
    this.lost = new Promise((_resolve, reject) => (this.lose = reject));
    // It may be lost while nobody waits for it yet; whoever waits later is told all the same.
    this.lost.catch(() => undefined);
  }

  /** Address of the archive; meaningful once started. */
  get url(): string {
    return `http://${urlHost(this.options.host)}:${String(this.ready.get('gateway')?.port ?? this.options.port)}`;
  }

  async start(): Promise<void> {
    const { directory, databaseUrl, say, services } = this.options;
    const database =
      databaseUrl === undefined ? await embeddedDatabase(directory.postgres, say, this.lose) : await givenDatabase(databaseUrl);
    this.database = database;
    await this.keepAdminToken(database);
    if (this.killed) throw new Error('stopped while starting');
    for (const [name, entry] of Object.entries(services)) this.services.set(name, this.prepare(name, entry, database));
    const starting = [...this.services.values()].map((service) => service.start());
    this.publish();
    await Promise.all(starting);
  }

  /** Services first, all at once; the database when nobody uses it any more. Also after a start that failed half-way. */
  async stop(): Promise<void> {
    const patience = this.options.drainSeconds * 1000 + closingMs;
    await Promise.all([...this.services.values()].map((service) => service.stop(patience)));
    await this.database?.stop();
    this.options.directory.remove(this.options.directory.endpoints);
    this.options.directory.remove(this.options.directory.processes);
  }

  /** Ends the services at once; {@link stop} must still run. Nothing is lost: their work is repeated. */
  kill(): void {
    this.killed = true;
    for (const service of this.services.values()) service.kill();
  }

  private async keepAdminToken(database: Database): Promise<void> {
    const { directory } = this.options;
    const current = directory.read(directory.adminToken)?.trim() ?? null;
    const token = await ensureAdminToken(database.ownerUrl, current);
    if (token !== current) directory.write(directory.adminToken, `${token}\n`);
  }

  private prepare(name: string, entry: URL, database: Database): ServiceProcess {
    const { directory, say } = this.options;
    return new ServiceProcess({
      name,
      entry,
      logFile: directory.log(name),
      env: () => this.environment(name, database),
      onReady: (ready) => {
        if (this.ready.has(name)) say(`${name} is up again`);
        this.ready.set(name, ready);
        this.publish();
      },
      onEnded: (reason, pauseMs) => {
        say(`${name} ended (${reason}); starting it again in ${String(pauseMs)} ms, its log is ${directory.log(name)}`);
      },
    });
  }

  private environment(name: string, database: Database): Readonly<Record<string, string | undefined>> {
    const { env, host, port, directory } = this.options;
    const { MUNIMENT_SIGNER_KEYS: keys = directory.keys, MUNIMENT_SIGNER_MAKE_KEYS: makeKeys = 'true', ...rest } = env;
    const { MUNIMENT_LOG_CHECKPOINT_FILE: lastCheckpoint = directory.lastCheckpoint, ...others } = rest;
    return {
      // Beside the data and not in /tmp, which may be small or memory.
      MUNIMENT_SCRATCH_DIR: directory.scratch,
      ...others,
      // No other service is even told where keys are.
      ...(name === 'signer'
        ? { MUNIMENT_SIGNER_KEYS: keys, MUNIMENT_SIGNER_MAKE_KEYS: makeKeys, MUNIMENT_LOG_CHECKPOINT_FILE: lastCheckpoint }
        : {}),
      OTEL_SERVICE_NAME: `muniment-${name}`,
      MUNIMENT_DATABASE_URL: database.serviceUrl,
      MUNIMENT_QUEUE_BACKEND: 'postgres',
      MUNIMENT_OBJECT_STORE: 'filesystem',
      MUNIMENT_OBJECT_STORE_ROOT: directory.objects,
      MUNIMENT_HOST: host,
      // A gateway that took any free port keeps it over restarts: clients know it.
      MUNIMENT_PORT: String(this.ready.get('gateway')?.port ?? port),
      MUNIMENT_ADMIN_PORT: '0',
    };
  }

  /** endpoints.json tells other commands on this machine where everything is; it holds the database password, so only the owner may read it. */
  private publish(): void {
    const { directory, host } = this.options;
    const pids = new Map([...this.services].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const])));
    rememberProcesses(directory, pids);
    if (!this.ready.has('gateway')) return;
    const admin = [...this.ready].map(([name, { adminPort }]) => [name, `http://${urlHost(host)}:${String(adminPort)}`] as const);
    const endpoints = {
      url: this.url,
      admin: Object.fromEntries(admin),
      database_url: this.database?.ownerUrl,
      pids: { supervisor: process.pid, ...Object.fromEntries(pids) },
    };
    directory.write(directory.endpoints, `${JSON.stringify(endpoints, null, 2)}\n`);
  }
}

/** How to reach what listens on `host`: "everywhere" is no address to connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
