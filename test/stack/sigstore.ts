import { createPublicKey, generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrBuild, fulcio, goProgramUnavailable, rekorServer, timestampServer } from './go-program.js';
import { startIdentityProvider, type IdentityProvider } from './identity-provider.js';
import { freePort, startServer, stopAll, untilReady, type Stoppable } from './process.js';
import { takeTurn, untilFree } from './turn.js';

const readyMs = 60_000;
/** How long another test file may keep its timestamp authority. */
const otherMs = 300_000;
/** Where the timestamp authority shows its metrics, and the port next to it, which is had by whose turn it is. */
const timestampMetrics = 2112;
const timestampTurn = 2113;
/** Name of the log, in its checkpoints and in the trusted root. */
const origin = 'rekor.test';

/** A Sigstore of our own on loopback: Fulcio, Rekor v2 and a timestamp authority, the real programs, with keys they made a moment ago. */
export interface RunningSigstore {
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  /** Where timestamps are asked for. */
  readonly tsaUrl: string;
  readonly provider: IdentityProvider;
  /** `trusted_root.json` of these three. */
  readonly trustedRoot: TrustedRootDocument;
  stop(): Promise<void>;
}

/** As far as tests take it apart. */
export interface TrustedRootDocument {
  readonly mediaType: string;
  readonly tlogs: readonly object[];
  readonly certificateAuthorities: readonly object[];
  readonly timestampAuthorities: readonly object[];
}

/** Null when all three programs can be had here; otherwise the reason to print when skipping. */
export function sigstoreUnavailable(): string | null {
  return [fulcio, rekorServer, timestampServer].map(goProgramUnavailable).find((why) => why !== null) ?? null;
}

export function startSigstore(): Promise<RunningSigstore> {
  return withServers(async (directory, provider, servers, stop) => {
    const authority = await startFulcio(directory, provider, servers);
    const log = await startRekor(directory, servers);
    const timestamps = await startTimestamps(directory, servers);
    const trustedRoot = rootOf(log, authority, timestamps);
    return { fulcioUrl: authority.url, rekorUrl: log.url, tsaUrl: timestamps.url, provider, trustedRoot, stop };
  });
}

/** The trusted root of others, who run the same programs under the same names. Its certificate authority stands in for one of timestamps. */
export function foreignRoot(): Promise<TrustedRootDocument> {
  return withServers(async (directory, provider, servers, stop) => {
    const authority = await startFulcio(directory, provider, servers);
    const root = rootOf(await startRekor(directory, servers), authority, authority);
    await stop();
    return root;
  });
}

async function withServers<T>(
  start: (directory: string, provider: IdentityProvider, servers: Stoppable[], stop: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'muniment-sigstore-'));
  const provider = await startIdentityProvider();
  const servers: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    await stopAll(servers, directory);
    await provider.stop();
  };
  try {
    return await start(directory, provider, servers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function rootOf(log: Started, authority: Started, timestamps: Started): TrustedRootDocument {
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log.trusted],
    certificateAuthorities: [authority.trusted],
    timestampAuthorities: [timestamps.trusted],
  };
}

interface Started {
  readonly url: string;
  /** Its part of a trusted root. */
  readonly trusted: object;
}

/** Certificates last for ten minutes. There is no certificate transparency log: it would need a database. */
async function startFulcio(directory: string, provider: IdentityProvider, servers: Stoppable[]): Promise<Started> {
  const { kubernetesIssuer, ciIssuer } = provider;
  const issuer = (url: string, type: string) => ({ IssuerURL: url, ClientID: 'sigstore', Type: type });
  const config = {
    OIDCIssuers: {
      [kubernetesIssuer]: issuer(kubernetesIssuer, 'kubernetes'),
      [ciIssuer]: issuer(ciIssuer, 'github-workflow'),
    },
  };
  await writeFile(join(directory, 'fulcio.json'), JSON.stringify(config));
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const hosts = ['--host', '127.0.0.1', '--port', String(http), '--grpc-host', '127.0.0.1', '--grpc-port', String(grpc)];
  const others = ['--metrics-port', String(metrics), '--legacy-unix-domain-socket', join(directory, 'fulcio.sock')];
  const authority = ['--ca', 'ephemeralca', '--ct-log-url', '', '--config-path', join(directory, 'fulcio.json')];
  const server = startServer(await findOrBuild(fulcio), ['serve', ...authority, ...hosts, ...others], directory);
  servers.push(server);
  const bundle = `${url}/api/v1/rootCert`;
  await untilReady(server, readyMs, async () => (await fetch(bundle)).ok);
  const certChain = chainOf(await (await fetch(bundle)).text());
  return { url, trusted: { subject: { organization: 'Test', commonName: 'fulcio' }, uri: url, certChain, validFor: sinceThen } };
}

async function startRekor(directory: string, servers: Stoppable[]): Promise<Started> {
  const storage = join(directory, 'rekor');
  await mkdir(storage);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = join(directory, 'rekor.pem');
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const hosts = ['--http-address', '127.0.0.1', '--http-port', String(http), '--grpc-address', '127.0.0.1', '--grpc-port', String(grpc)];
  const log = ['--hostname', origin, '--storage-dir', storage, '--signer-filepath', key, '--http-metrics-port', String(metrics)];
  const pace = ['--checkpoint-interval', '1s', '--batch-max-age', '50ms'];
  const server = startServer(await findOrBuild(rekorServer), ['serve', ...hosts, ...log, ...pace], directory);
  servers.push(server);
  await untilReady(server, readyMs, async () => (await fetch(`${url}/healthz`)).ok);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  // The key id of a checkpoint's signature (C2SP signed-note), not cut to four bytes.
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${origin}\n\u0001`), rawKey(der)]), 'base64');
  const shown = { rawBytes: der.toString('base64'), keyDetails: 'PKIX_ED25519', validFor: sinceThen };
  return { url, trusted: { baseUrl: `https://${origin}`, hashAlgorithm: 'SHA2_256', publicKey: shown, logId: { keyId } } };
}

/**
 * Its port for metrics is fixed, so one of them runs on a machine at a time, and a second one answers for a moment before it notices and ends: whoever wants
 * one waits for its turn.
 */
async function startTimestamps(directory: string, servers: Stoppable[]): Promise<Started> {
  const program = await findOrBuild(timestampServer);
  servers.push(await takeTurn(timestampTurn, otherMs));
  // The program of somebody who was killed lives a moment longer than the turn.
  await untilFree(timestampMetrics, readyMs);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api/v1/timestamp`;
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), '--timestamp-signer', 'memory', '--disable-ntp-monitoring'];
  const server = startServer(program, args, directory);
  servers.push(server);
  await untilReady(server, readyMs, async () => (await fetch(`${url}/certchain`)).ok);
  const certChain = chainOf(await (await fetch(`${url}/certchain`)).text());
  return { url, trusted: { subject: { organization: 'Test', commonName: 'timestamps' }, uri: url, certChain, validFor: sinceThen } };
}

const sinceThen = { start: '2020-01-01T00:00:00Z' };

function chainOf(pem: string): object {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return { certificates: blocks.map((block) => ({ rawBytes: new X509Certificate(block).raw.toString('base64') })) };
}

function rawKey(der: Buffer): Buffer {
  const { x } = createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}
