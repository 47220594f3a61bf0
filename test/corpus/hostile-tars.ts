import { gzipSync } from 'node:zlib';
import type { RefusalCode } from '@muniment/domain';
import { goodWheelhouse } from './good-files.js';
import { hostile, type CorpusCase } from './corpus-case.js';
import { gnuLongName, paxHeader, tar, tarEntry, tgz, type TarEntry } from './tar-writer.js';
import { tinyWheel, wheelFileName } from './tiny-wheel.js';
import { zip } from './zip-writer.js';

const mib = 1024 * 1024;
const ordinary: TarEntry = { name: 'a.txt', content: 'a' };

/** A hostile tar under a plain archive name. */
function inTar(name: string, expected: RefusalCode, ...entries: readonly (TarEntry | Buffer)[]): CorpusCase {
  return hostile(name, 'evidence.tgz', expected, () => tgz(...entries));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

const gzipDamage: readonly CorpusCase[] = [
  hostile('gzip-truncated', 'wheelhouse-3.11.tgz', 'archive_corrupt', () => goodWheelhouse().subarray(0, -200)),
  hostile('gzip-truncated-trailer', 'wheelhouse-3.11.tgz', 'archive_corrupt', () => goodWheelhouse().subarray(0, -4)),
  hostile('gzip-bit-flip', 'wheelhouse-3.11.tgz', 'archive_corrupt', () => flipped(goodWheelhouse(), 400)),
  hostile('gzip-wrong-crc', 'wheelhouse-3.11.tgz', 'archive_corrupt', () => flipped(goodWheelhouse(), goodWheelhouse().length - 6)),
  hostile('gzip-trailing-garbage', 'evidence.tgz', 'archive_corrupt', () => Buffer.concat([tgz(ordinary), Buffer.from('garbage')])),
  hostile('gzip-trailing-zeros', 'evidence.tgz', 'archive_corrupt', () => Buffer.concat([tgz(ordinary), Buffer.alloc(1024)])),
  hostile('gzip-trailing-far', 'evidence.tgz', 'archive_corrupt', () =>
    Buffer.concat([tgz(ordinary), Buffer.alloc(3 * mib), tgz(ordinary)]),
  ),
  hostile('gzip-second-member-truncated', 'evidence.tgz', 'archive_corrupt', () =>
    Buffer.concat([tgz(ordinary), tgz(ordinary).subarray(0, 20)]),
  ),
  hostile('gzip-empty-file', 'evidence.tgz', 'archive_corrupt', () => Buffer.alloc(0)),
  hostile('gzip-of-nothing', 'evidence.tgz', 'archive_corrupt', () => gzipSync(Buffer.alloc(0))),
  hostile('tar-named-tgz', 'evidence.tgz', 'archive_corrupt', () => tar(ordinary)),
];

const bombs: readonly CorpusCase[] = [
  hostile('gzip-bomb', 'wheelhouse-3.11.tgz', 'archive_ratio_exceeded', () => tgz({ name: 'zeros', content: Buffer.alloc(64 * mib) })),
  hostile('gzip-bomb-absolute', 'evidence.tgz', 'archive_too_large', () => tgz({ name: 'zeros', content: Buffer.alloc(64 * mib) }), {
    maxOutputBytes: 32 * mib,
    maxRatio: 2000,
  }),
  hostile('tar-member-too-large', 'evidence.tgz', 'archive_member_too_large', () => tgz({ name: 'big', size: 17 * 1024 * mib })),
  hostile('tar-100000-members', 'evidence.tgz', 'archive_too_many_members', () => {
    const one = (i: number) => tarEntry({ name: `member-${(i * 2_654_435_761) % 2 ** 32}` });
    return gzipSync(tar(...Array.from({ length: 100_000 }, (_, i) => one(i))), { level: 1 });
  }),
  hostile('tar-global-headers-flood', 'evidence.tgz', 'archive_too_many_members', () => {
    const flood = Array.from({ length: 21_000 }, (_, i) => paxHeader({ comment: `${(i * 2_654_435_761) % 2 ** 32}` }, 'g'));
    return gzipSync(tar(...flood, ordinary), { level: 1 });
  }),
];

const long = 'n'.repeat(5000);
const names: readonly CorpusCase[] = [
  inTar('tar-long-name-pax', 'archive_name_too_long', paxHeader({ path: long }), ordinary),
  inTar('tar-long-name-gnu', 'archive_name_too_long', gnuLongName(long), ordinary),
  inTar('tar-too-deep', 'archive_name_too_long', paxHeader({ path: `${'d/'.repeat(40)}f` }), ordinary),
  inTar('tar-invalid-utf8', 'archive_name_invalid', { name: Buffer.from([0x66, 0xff, 0xfe]) }),
  inTar('tar-nul-in-pax-name', 'archive_name_invalid', paxHeader({ path: 'a\0b' }), ordinary),
  inTar('tar-control-character', 'archive_name_invalid', { name: 'a\u001b[2Jb' }),
  inTar('tar-empty-name', 'archive_name_invalid', { name: '' }),
  inTar('tar-traversal', 'archive_path_unsafe', { name: '../evil' }),
  inTar('tar-traversal-inside', 'archive_path_unsafe', { name: 'a/../../evil' }),
  inTar('tar-traversal-pax', 'archive_path_unsafe', paxHeader({ path: 'x/../../evil' }), ordinary),
  inTar('tar-absolute', 'archive_path_unsafe', { name: '/etc/passwd' }),
  inTar('tar-drive-letter', 'archive_path_unsafe', { name: 'C:/evil' }),
  inTar('tar-backslash', 'archive_path_unsafe', { name: '..\\evil' }),
  inTar('tar-duplicate', 'archive_duplicate_member', ordinary, ordinary),
  inTar('tar-duplicate-dot', 'archive_duplicate_member', ordinary, { name: './a.txt' }),
  inTar('tar-duplicate-unicode-form', 'archive_duplicate_member', { name: 'é'.normalize('NFC') }, { name: 'é'.normalize('NFD') }),
  inTar('tar-file-and-directory', 'archive_duplicate_member', ordinary, { name: 'a.txt/', type: '5' }),
];

const kinds: readonly CorpusCase[] = [
  inTar('tar-symlink', 'archive_link_refused', { name: 'l', type: '2', linkname: '/etc/passwd' }),
  inTar('tar-hardlink', 'archive_link_refused', ordinary, { name: 'l', type: '1', linkname: 'a.txt' }),
  inTar('tar-char-device', 'archive_special_member', { name: 'tty', type: '3' }),
  inTar('tar-block-device', 'archive_special_member', { name: 'sda', type: '4' }),
  inTar('tar-fifo', 'archive_special_member', { name: 'pipe', type: '6' }),
  inTar('tar-gnu-sparse', 'archive_special_member', { name: 'sparse', type: 'S' }),
  inTar('tar-pax-sparse', 'archive_special_member', paxHeader({ 'GNU.sparse.major': '1' }), ordinary),
  inTar('tar-unknown-type', 'archive_special_member', { name: 'what', type: 'Z' }),
];

const structure: readonly CorpusCase[] = [
  inTar('tar-bad-checksum', 'archive_corrupt', { ...ordinary, badChecksum: true }),
  inTar('tar-data-after-end', 'archive_corrupt', ordinary, Buffer.alloc(1024), tarEntry({ name: 'hidden' })),
  hostile('tar-no-end-mark', 'evidence.tgz', 'archive_corrupt', () => gzipSync(tarEntry(ordinary))),
  hostile('tar-cut-in-content', 'evidence.tar', 'archive_corrupt', () => tar({ name: 'x', content: Buffer.alloc(5000) }).subarray(0, 3000)),
  inTar('tar-global-path', 'archive_corrupt', paxHeader({ path: 'other' }, 'g'), ordinary),
  inTar('tar-two-names', 'archive_corrupt', gnuLongName('one'), paxHeader({ path: 'two' }), ordinary),
  inTar('tar-dangling-extension', 'archive_corrupt', paxHeader({ path: 'x' })),
  inTar('tar-malformed-pax', 'archive_corrupt', tarEntry({ name: 'p', type: 'x', content: '99 path=x\n' }), ordinary),
  inTar('tar-directory-with-content', 'archive_corrupt', { name: 'd/', type: '5', content: 'x' }),
];

const wheelhouse = (name: string, expected: RefusalCode, ...entries: readonly TarEntry[]): CorpusCase =>
  hostile(name, 'wheelhouse-3.11.tgz', expected, () => tgz(...entries));
const renamed = { name: 'alpha', version: '1.0', metadataName: 'omega' };

const wheelhouses: readonly CorpusCase[] = [
  wheelhouse('wheelhouse-without-wheels', 'wheelhouse_without_wheels', { name: '.wheelhouse/', type: '5' }, ordinary),
  wheelhouse('wheelhouse-empty', 'wheelhouse_without_wheels'),
  wheelhouse('wheelhouse-with-lying-wheel', 'wheel_malformed', { name: wheelFileName(renamed), content: tinyWheel(renamed) }),
  wheelhouse('wheelhouse-with-bad-wheel-name', 'wheel_malformed', { name: 'alpha.whl', content: 'x' }),
  wheelhouse('wheelhouse-with-text-for-a-wheel', 'archive_corrupt', { name: 'alpha-1.0-py3-none-any.whl', content: 'not a zip' }),
  wheelhouse('wheelhouse-with-symlink-in-wheel', 'archive_link_refused', {
    name: 'alpha-1.0-py3-none-any.whl',
    content: zip({ name: 'l', content: '/etc/passwd', mode: 0o120777 }),
  }),
];

/** Tar and gzip files that must be refused. */
export const hostileTars: readonly CorpusCase[] = [...gzipDamage, ...bombs, ...names, ...kinds, ...structure, ...wheelhouses];
