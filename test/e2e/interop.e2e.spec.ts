import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PackageAnswer } from '@muniment/contracts';
import { canonicalize } from 'json-canonicalize';
import { goodWheelhouse } from '../corpus/good-files.js';
import { tinyWheels, wheelFileName } from '../corpus/tiny-wheel.js';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller, filePath } from '../stack/caller.js';
import { needProgram } from '../stack/debian-package.js';
import { pythonLibrary } from '../stack/python-library.js';

const noB3sum = needProgram('b3sum', 'b3sum');
const cbor2 = pythonLibrary('cbor2==5.7.1');
const unavailable = [noB3sum, 'unavailable' in cbor2 ? cbor2.unavailable : null].filter((reason) => reason !== null);
for (const reason of unavailable) process.stderr.write(`skipped: ${reason}\n`);

/** Other people's programs and libraries get the bytes with curl and agree with the archive about them. */
let archive: ArchiveUnderTest;
let api: Caller;
let directory: string;
let pkg: PackageAnswer;
const report = Buffer.from(randomBytes(300_000));

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string =>
  execFileSync(program, args, { cwd: directory, encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

const curl = (...args: readonly string[]): string =>
  run('curl', ['-sS', '--fail-with-body', '-H', `Authorization: Bearer ${archive.token}`, ...args]);

beforeAll(async () => {
  archive = await startArchive();
  api = new Caller(archive.url, archive.token);
  directory = mkdtempSync(path.join(tmpdir(), 'muniment-interop-'));
  const metadata = {
    ünï: '\u0001\u001f"\\/\b\n',
    '\u{1f600}': 'emoji',
    '\ufb33': 'after the emoji in UTF-8, before it in UTF-16',
    a: '',
    A: '€',
    '10': '9',
    '9': '10',
  };
  const { id } = await api.createPackage({ metadata, run: { id: '7', attempt: 3 }, subject: 'x'.repeat(300) });
  writeFileSync(path.join(directory, 'report.bin'), report);
  writeFileSync(path.join(directory, 'wheelhouse-3.11.tgz'), goodWheelhouse());
  for (const name of ['report.bin', 'wheelhouse-3.11.tgz']) curl('-T', name, `${archive.url}${filePath(id, name)}`);
  pkg = await api.finalize(id);
}, 120_000);

afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await archive?.stop();
}, 60_000);

const fileNamed = (name: string) => pkg.files.find((f) => f.path === name);
const fetchedByCurl = (name: string): string => {
  curl('-o', `got-${name}`, `${archive.url}${filePath(pkg.id, name)}`);
  return `got-${name}`;
};

describe('curl', () => {
  it('continues a download where it stopped', () => {
    writeFileSync(path.join(directory, 'partial'), report.subarray(0, 100_000));
    curl('-C', '-', '-o', 'partial', `${archive.url}${filePath(pkg.id, 'report.bin')}`);
    expect(readFileSync(path.join(directory, 'partial')).equals(report)).toBe(true);
  });

  it('takes only what changed', () => {
    const address = `${archive.url}${filePath(pkg.id, 'report.bin')}`;
    curl('--etag-save', 'etag', '-o', 'first', address);
    expect(curl('--etag-compare', 'etag', '-o', 'second', '-w', '%{http_code}', address)).toBe('304');
  });
});

describe('digests', () => {
  it('are what openssl says', () => {
    for (const name of ['report.bin', 'wheelhouse-3.11.tgz', 'wheelhouse-3.11.tgz.meta']) {
      expect(run('openssl', ['dgst', '-sha256', '-r', fetchedByCurl(name)]).split(' ')[0]).toBe(fileNamed(name)?.sha256);
    }
  });

  (noB3sum === null ? it : it.skip)('are what b3sum says', () => {
    for (const name of ['report.bin', 'wheelhouse-3.11.tgz', 'wheelhouse-3.11.tgz.meta']) {
      expect(run('b3sum', ['--no-names', fetchedByCurl(name)]).trim()).toBe(fileNamed(name)?.blake3);
    }
    const member = fileNamed('wheelhouse-3.11.tgz')?.members?.find((m) => m.path.endsWith('.whl'));
    curl('-o', 'member.whl', `${archive.url}${filePath(pkg.id, 'wheelhouse-3.11.tgz')}/members/${member?.path ?? ''}`);
    expect(run('b3sum', ['--no-names', 'member.whl']).trim()).toBe(member?.blake3);
  });
});

describe('the canonical encodings', () => {
  const addresses = () => [`/packages/${pkg.id}/manifest`, `/events?subject=${pkg.id}`, `/packages/${pkg.id}/retention/history`];

  it('are JCS to an RFC 8785 library that the archive does not use', async () => {
    for (const address of addresses()) {
      const { bytes } = await api.get(address);
      expect(canonicalize(JSON.parse(bytes.toString('utf8')))).toBe(bytes.toString('utf8'));
    }
  });

  ('folder' in cbor2 ? it : it.skip)('are canonical CBOR to Python’s cbor2, and the digests are those of the payloads', () => {
    const folder = 'folder' in cbor2 ? cbor2.folder : '';
    const script = [
      'import cbor2, hashlib, json, sys',
      'body = open(sys.argv[1], "rb").read()',
      'value = cbor2.loads(body)',
      'assert cbor2.dumps(value, canonical=True) == body, "not canonical"',
      'assert value == json.load(open(sys.argv[2])), "the faces differ"',
      'for event in value if isinstance(value, list) else []:',
      '    assert event["payload_digest"] == "sha256:" + hashlib.sha256(cbor2.dumps(event["payload"], canonical=True)).hexdigest()',
      'print(hashlib.sha256(body).hexdigest(), len(value))',
    ].join('\n');
    for (const address of addresses()) {
      curl('-H', 'Accept: application/cbor', '-o', 'body.cbor', `${archive.url}${address}`);
      curl('-o', 'body.json', `${archive.url}${address}`);
      const [digest, length] = run('python3', ['-c', script, 'body.cbor', 'body.json'], { PYTHONPATH: folder }).trim().split(' ');
      expect(Number(length)).toBeGreaterThan(0);
      if (address.endsWith('/manifest')) expect(`sha256:${digest ?? ''}`).toBe(pkg.manifest_digest);
    }
  });
});

describe('pip', () => {
  it('installs offline from wheels fetched one by one out of the wheelhouse', () => {
    mkdirSync(path.join(directory, 'wheels'));
    for (const wheel of tinyWheels) {
      const name = wheelFileName(wheel);
      curl('-o', path.join('wheels', name), `${archive.url}${filePath(pkg.id, 'wheelhouse-3.11.tgz')}/members/${name}`);
    }
    run('python3', ['-m', 'pip', 'install', '--quiet', '--no-index', '--find-links', 'wheels', '--target', 'site', 'gamma']);
    expect(
      run('python3', ['-c', 'import alpha, beta_tools, gamma; print(gamma.__version__)'], {
        PYTHONPATH: path.join(directory, 'site'),
      }).trim(),
    ).toBe('0.3');
  }, 60_000);

  it('finds in the .meta that the archive made what sha256sum needs', () => {
    const meta = readFileSync(path.join(directory, fetchedByCurl('wheelhouse-3.11.tgz.meta')), 'utf8');
    const digest = /^sha256=([0-9a-f]{64})$/m.exec(meta)?.[1];
    expect(digest).toBe(createHash('sha256').update(goodWheelhouse()).digest('hex'));
  });
});
