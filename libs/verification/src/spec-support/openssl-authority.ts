import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const config = `
oid_section = oids
[oids]
policy = 1.2.3.4.1
[authority]
serial = stamps
signer_digest = sha256
default_policy = policy
digests = sha256
[ca]
default_ca = this
[this]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = optional
[alone]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[unmarked]
extendedKeyUsage = timeStamping
keyUsage = critical,digitalSignature
[server]
extendedKeyUsage = critical,serverAuth
keyUsage = critical,digitalSignature
[between]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
`;

/** A certificate authority, and below it timestamp authorities: openssl and nothing else. */
export class OpensslAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'muniment-authority-'));

  constructor(readonly name: string) {
    writeFileSync(this.path('openssl.cnf'), config);
    for (const serial of ['serial', 'stamps']) writeFileSync(this.path(serial), '1000');
    writeFileSync(this.path('index.txt'), '');
    const subject = ['-subj', `/O=${name}/CN=Root`, '-days', '30', '-addext', 'keyUsage=critical,keyCertSign'];
    this.openssl('req', '-x509', ...this.newKey('root', 'ec'), '-out', 'root.pem', ...subject);
  }

  /** Certifies a new key, or that of `sameAs` once more under its serial number. */
  certify(leaf: string, options: CertifyOptions = {}): void {
    const { extensions = 'alone', from = '20200101000000Z', to = '20990101000000Z', issuer = 'root', kind = 'ec', sameAs } = options;
    if (sameAs === undefined) this.openssl('req', '-new', ...this.newKey(leaf, kind), '-out', `${leaf}.csr`, '-subj', `/O=Test/CN=${leaf}`);
    else {
      writeFileSync(this.path(`${leaf}.csr`), this.read(`${sameAs}.csr`));
      writeFileSync(this.path('serial'), this.openssl('x509', '-in', `${sameAs}.pem`, '-noout', '-serial').toString().trim().slice(7));
      writeFileSync(this.path('index.txt'), '');
    }
    const signed = ['-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`, '-extensions', extensions, '-startdate', from, '-enddate', to];
    this.openssl('ca', '-batch', '-notext', '-config', 'openssl.cnf', ...signed, '-in', `${leaf}.csr`, '-out', `${leaf}.pem`);
  }

  /** A timestamp of the bytes; its certificates go along only when asked for. */
  stamp(bytes: Uint8Array, leaf: string, options: { readonly withCertificates?: boolean; readonly chain?: string } = {}): Buffer {
    writeFileSync(this.path('data'), bytes);
    const cert = options.withCertificates === false ? [] : ['-cert'];
    this.openssl('ts', '-query', '-data', 'data', '-sha256', ...cert, '-out', 'query');
    const chain = options.chain === undefined ? [] : ['-chain', `${options.chain}.pem`];
    const signer = ['-signer', `${leaf}.pem`, '-inkey', `${leaf}.key`, ...chain];
    return this.openssl('ts', '-reply', '-config', 'openssl.cnf', '-section', 'authority', '-queryfile', 'query', ...signer);
  }

  /** Whether openssl accepts the response as being of these bytes, under the root. */
  accepts(response: Uint8Array, bytes: Uint8Array, untrusted?: string): boolean {
    writeFileSync(this.path('response'), response);
    writeFileSync(this.path('data'), bytes);
    const more = untrusted === undefined ? [] : ['-untrusted', `${untrusted}.pem`];
    try {
      this.openssl('ts', '-verify', '-data', 'data', '-in', 'response', '-CAfile', 'root.pem', ...more);
      return true;
    } catch {
      return false;
    }
  }

  pem(name: string): string {
    return this.read(`${name}.pem`).toString();
  }

  /** Exit code of a POSIX shell with these commands, beside these files. */
  run(commands: string, files: Readonly<Record<string, string | Uint8Array>>): number | null {
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), bytes);
    }
    return spawnSync('sh', ['-euc', commands], { cwd: this.folder, stdio: 'ignore' }).status;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private newKey(name: string, kind: 'ec' | 'rsa'): readonly string[] {
    const options = kind === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048'];
    return [...options, '-nodes', '-keyout', `${name}.key`];
  }

  private openssl(...args: readonly string[]): Buffer {
    return execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  private read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

export interface CertifyOptions {
  readonly extensions?: 'alone' | 'unmarked' | 'server' | 'between';
  /** As openssl writes times: YYYYMMDDHHMMSSZ. */
  readonly from?: string;
  readonly to?: string;
  readonly issuer?: string;
  readonly kind?: 'ec' | 'rsa';
  readonly sameAs?: string;
}
