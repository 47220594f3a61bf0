import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const config = `
oid_section = oids
[oids]
policy = 1.2.3.4.1
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = policy
digests = sha256
accuracy = secs:1
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
`;
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A timestamp authority (RFC 3161): openssl ts behind HTTP. `ca.pem` is its root, `tsa.pem` its own certificate. */
export class OpensslTimestamps {
  /** What it answers instead of a timestamp. */
  answer: Buffer | null = null;
  private readonly folder = mkdtempSync(join(tmpdir(), 'muniment-tsa-'));
  private readonly server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      writeFileSync(this.path('query.tsq'), Buffer.concat(pieces));
      const reply =
        this.answer ?? this.openssl('ts', '-reply', '-config', 'openssl.cnf', '-section', 'authority', '-queryfile', 'query.tsq');
      response.writeHead(200, { 'content-type': 'application/timestamp-reply', connection: 'close' }).end(reply);
    });
  });

  static async start(): Promise<OpensslTimestamps> {
    const authority = new OpensslTimestamps();
    authority.certify();
    await new Promise<void>((ready) => authority.server.listen(0, '127.0.0.1', ready));
    return authority;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** A file of the authority's folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  async stop(): Promise<void> {
    await new Promise((closed) => this.server.close(closed));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private certify(): void {
    writeFileSync(this.path('openssl.cnf'), config);
    writeFileSync(this.path('serial'), '01');
    const root = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/O=Test/CN=Root', '-days', '30'];
    this.openssl('req', '-x509', ...newKey, ...root, '-addext', 'keyUsage=critical,keyCertSign');
    this.openssl('req', '-new', ...newKey, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/O=Test/CN=Timestamps');
    const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30'];
    this.openssl('x509', '-req', '-in', 'tsa.csr', '-out', 'tsa.pem', ...issuer, '-extfile', 'openssl.cnf', '-extensions', 'ext');
  }

  private openssl(...args: string[]): Buffer {
    return execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
