import { gzipSync } from 'node:zlib';
import { good, type CorpusCase } from './corpus-case.js';
import { gnuLongName, paxHeader, tar, tarEnd, tarEntry, tgz } from './tar-writer.js';
import { tinyWheel, tinyWheels, wheelFileName } from './tiny-wheel.js';
import { zip } from './zip-writer.js';

const directory = { name: '.wheelhouse/', type: '5' } as const;
const wheelEntries = () => tinyWheels.map((w) => ({ name: `.wheelhouse/${wheelFileName(w)}`, content: tinyWheel(w) }));

/** A wheelhouse as the CI of the sources packs it: `.wheelhouse/*.whl` and a text file. */
export function goodWheelhouse(): Buffer {
  return tgz(directory, ...wheelEntries(), { name: '.wheelhouse/pins.txt', content: 'alpha==1.0\n' });
}

const longName = `${'deep-directory-name/'.repeat(12)}file.txt`;

/** Files every reader accepts. */
export const goodFiles: readonly CorpusCase[] = [
  good('good-wheelhouse', 'wheelhouse-3.11.tgz', goodWheelhouse),
  good('good-wheelhouse-of-target', 'wheels-x86_64-unknown-linux-gnu-123456.tgz', goodWheelhouse),
  good('good-wheelhouse-multi-member-gzip', 'wheelhouse-3.12.tgz', () => {
    const whole = tar(directory, ...wheelEntries());
    return Buffer.concat([gzipSync(whole.subarray(0, 700)), gzipSync(Buffer.alloc(0)), gzipSync(whole.subarray(700))]);
  }),
  good('good-wheelhouse-dot-prefix', 'wheelhouse-3.13.tgz', () =>
    tgz({ name: './', type: '5' }, ...tinyWheels.map((w) => ({ name: `./${wheelFileName(w)}`, content: tinyWheel(w) }))),
  ),
  good('good-wheel', 'alpha-1.0-py3-none-any.whl', () => tinyWheel({ name: 'alpha', version: '1.0' })),
  good('good-sdist', 'alpha-1.0.tar.gz', () =>
    tgz({ name: 'alpha-1.0/', type: '5' }, { name: 'alpha-1.0/PKG-INFO', content: 'Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n' }),
  ),
  good('good-npm-package', 'left-1.2.3.tgz', () => tgz({ name: 'package/package.json', content: '{"name":"left","version":"1.2.3"}' })),
  good('good-crate', 'geo-0.1.0.crate', () =>
    tgz({ name: 'geo-0.1.0/Cargo.toml', content: '[package]\nname = "geo"\nversion = "0.1.0"\n' }),
  ),
  good('good-tar', 'evidence.tar', () => tar({ name: 'report.json', content: '{}' }, { name: 'empty.txt' })),
  good('good-pax-and-gnu-names', 'evidence.tgz', () =>
    tgz(
      paxHeader({ comment: 'git archive writes one of these' }, 'g'),
      paxHeader({ path: longName, mtime: '1700000000.5' }),
      { name: 'short', content: 'pax' },
      gnuLongName(`gnu/${longName}`),
      { name: 'short', content: 'gnu', magic: 'ustar  \0' },
      { name: 'v7', content: 'old', magic: '' },
    ),
  ),
  good('good-zip', 'evidence.zip', () =>
    zip(
      { name: 'directory/', mode: 0o040755, method: 0 },
      { name: 'directory/report.json', content: '{"ok":true}' },
      { name: 'stored.bin', content: Buffer.alloc(2_000_000, 'abc'), method: 0 },
      { name: 'large.txt', content: Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i * 7919}\n`).join('')) },
      { name: 'ünïcode.txt', content: 'ü' },
    ),
  ),
  good('good-empty-zip', 'empty.zip', () => zip()),
  good('good-meta', 'wheelhouse-3.11.tgz.meta', () => Buffer.from(`name=wheelhouse-3.11.tgz\nsize=12\ncustom=kept\n`)),
  good('good-meta-colon', 'other.tgz.meta', () => Buffer.from('run_id: 7\r\nsource: .wheelhouse\r\nnotes:\r\n')),
  good('good-evidence', 'report.bin', () => Buffer.from('anything')),
  good('good-empty-evidence', 'empty.log', () => Buffer.alloc(0)),
  good('good-tar-with-record-padding', 'padded.tar', () =>
    Buffer.concat([tarEntry({ name: 'a', content: 'a' }), tarEnd, Buffer.alloc(10_240 - 2048)]),
  ),
];
