import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cannotInstall, installPackages } from './debian-package.js';
import { findProgram, freePort, startServer, stopAll, untilReady, type ServerProcess } from './process.js';

const run = promisify(execFile);
const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];
const packages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-base'];

export interface RunningRadosGateway {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

/** Null when a Ceph RadosGW can be had here; otherwise the reason to print when skipping. */
export function radosGatewayUnavailable(): string | null {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  const why = cannotInstall();
  if (missing.length > 0 && why !== null) {
    return `RadosGW: ${missing.join(', ')} missing, and ${packages.join(' ')} cannot be installed: ${why}`;
  }
  return process.getuid?.() === 0 ? null : 'RadosGW: the Ceph daemons are started as root only';
}

/** Starts a one-monitor, one-OSD (in memory) Ceph cluster and its S3 gateway, all on loopback, about 15 s. Installs Debian's packages when absent. */
export async function startRadosGateway(): Promise<RunningRadosGateway> {
  const reason = radosGatewayUnavailable();
  if (reason !== null) throw new Error(reason);
  if (programs.some((program) => findProgram(program) === undefined)) installPackages(packages);
  const directory = await mkdtemp(join(tmpdir(), 'muniment-radosgw-'));
  const servers: ServerProcess[] = [];
  try {
    const cluster = await createCluster(directory);
    servers.push(await startMonitor(cluster));
    servers.push(await startStorage(cluster));
    const account = await createAccount(cluster);
    const port = await freePort();
    servers.push(await startGateway(cluster, port));
    return { endpoint: `http://127.0.0.1:${port}`, ...account, stop: () => stopAll(servers, directory) };
  } catch (error) {
    await stopAll(servers, directory);
    throw error;
  }
}

interface Cluster {
  readonly directory: string;
  readonly conf: string;
  readonly fsid: string;
  readonly monitorPort: number;
}

async function createCluster(directory: string): Promise<Cluster> {
  const fsid = randomUUID();
  const monitorPort = await freePort();
  const conf = join(directory, 'ceph.conf');
  const lines = [
    '[global]',
    `fsid = ${fsid}`,
    `mon_host = v2:127.0.0.1:${monitorPort}/0`,
    'public_addr = 127.0.0.1',
    'cluster_addr = 127.0.0.1',
    'auth_cluster_required = none',
    'auth_service_required = none',
    'auth_client_required = none',
    // Without cephx the default "secure" mode is impossible, and radosgw would wait for it for ever.
    'ms_mon_client_mode = crc',
    'osd_pool_default_size = 1',
    'osd_pool_default_min_size = 1',
    'osd_pool_default_pg_num = 8',
    'osd_pool_default_pg_autoscale_mode = off',
    'mon_allow_pool_size_one = true',
    'mon_max_pg_per_osd = 1000',
    'osd_crush_chooseleaf_type = 0',
    'osd_objectstore = memstore',
    'memstore_device_bytes = 4294967296',
    'rgw_dynamic_resharding = false',
    `run_dir = ${directory}`,
    `admin_socket = ${directory}/$name.asok`,
    `log_file = ${directory}/$name.log`,
    `mon_data = ${directory}/mon`,
    `osd_data = ${directory}/osd`,
    `rgw_data = ${directory}/rgw`,
    `keyring = ${directory}/keyring`,
    '',
  ];
  await writeFile(conf, lines.join('\n'));
  await writeFile(join(directory, 'keyring'), '');
  for (const folder of ['mon', 'osd', 'rgw']) await mkdir(join(directory, folder));
  return { directory, conf, fsid, monitorPort };
}

async function ceph(cluster: Cluster, program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, ['-c', cluster.conf, ...args], { timeout: 60_000, env: { ...process.env, CEPH_ARGS: '' } });
  return stdout;
}

async function startMonitor(cluster: Cluster): Promise<ServerProcess> {
  const map = join(cluster.directory, 'monmap');
  const address = `[v2:127.0.0.1:${cluster.monitorPort}/0]`;
  await ceph(cluster, 'monmaptool', '--create', '--addv', 'a', address, '--fsid', cluster.fsid, map);
  await ceph(cluster, 'ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
  const server = startServer('ceph-mon', ['-c', cluster.conf, '-f', '-i', 'a'], cluster.directory, { CEPH_ARGS: '' });
  await ready(server, async () => (await ceph(cluster, 'ceph', '--connect-timeout', '3', 'mon', 'stat')).includes('quorum'), cluster);
  return server;
}

async function startStorage(cluster: Cluster): Promise<ServerProcess> {
  const uuid = randomUUID();
  const id = (await ceph(cluster, 'ceph', 'osd', 'new', uuid)).trim();
  // The monitor silently ignores an OSD whose own uuid is not the registered one.
  await ceph(cluster, 'ceph-osd', '--mkfs', '-i', id, '--osd-uuid', uuid);
  const server = startServer('ceph-osd', ['-c', cluster.conf, '-f', '-i', id], cluster.directory, { CEPH_ARGS: '' });
  await ready(server, async () => /1 up/.test(await ceph(cluster, 'ceph', 'osd', 'stat')), cluster);
  return server;
}

/** A server that never became ready is not in the caller's list yet: stop it here. */
async function ready(server: ServerProcess, probe: () => Promise<boolean>, cluster: Cluster): Promise<void> {
  await untilReady(server, 60_000, probe).catch(async (error: unknown) => {
    await server.stop();
    throw new Error(`The Ceph cluster in ${cluster.directory} did not start.`, { cause: error });
  });
}

async function createAccount(cluster: Cluster): Promise<{ accessKey: string; secretKey: string }> {
  const account = { accessKey: 'MUNIMENTTEST', secretKey: 'muniment-test-secret' };
  const user = ['--uid', 'muniment', '--display-name', 'Muniment', '--access-key', account.accessKey, '--secret-key', account.secretKey];
  await ceph(cluster, 'radosgw-admin', 'user', 'create', ...user);
  return account;
}

async function startGateway(cluster: Cluster, port: number): Promise<ServerProcess> {
  const args = ['-c', cluster.conf, '-f', '-n', 'client.admin', `--rgw-frontends=beast endpoint=127.0.0.1:${port}`];
  const server = startServer('radosgw', args, cluster.directory, { CEPH_ARGS: '' });
  await ready(server, async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 200, cluster);
  return server;
}
