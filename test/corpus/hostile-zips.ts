import { crc32, deflateRawSync } from 'node:zlib';
import type { RefusalCode } from '@muniment/domain';
import { hostile, type CorpusCase } from './corpus-case.js';
import { metadataOf, tinyWheel, wheelFileName, type TinyWheel } from './tiny-wheel.js';
import { localHeader, prepare, quotedOverlapZip, zip, type ZipWrite } from './zip-writer.js';

const mib = 1024 * 1024;
const ordinary: ZipWrite = { name: 'a.txt', content: 'a' };

function inZip(name: string, expected: RefusalCode, ...entries: readonly ZipWrite[]): CorpusCase {
  return hostile(name, 'evidence.zip', expected, () => zip(...entries));
}

function patched(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

const zeros = (size: number) => Buffer.alloc(size);

const bombs: readonly CorpusCase[] = [
  hostile('zip-bomb', 'evidence.zip', 'archive_ratio_exceeded', () => zip({ name: 'zeros', content: zeros(64 * mib) })),
  hostile('zip-bomb-quoted-overlap', 'evidence.zip', 'archive_overlap', () => quotedOverlapZip(50, zeros(mib))),
  hostile('zip-bomb-that-lies', 'evidence.zip', 'archive_corrupt', () =>
    zip({ name: 'zeros', raw: deflateRawSync(zeros(64 * mib)), size: 100, crc: crc32(zeros(100)) }),
  ),
  hostile('zip-bomb-that-lies-large', 'evidence.zip', 'archive_corrupt', () =>
    zip({ name: 'zeros', raw: deflateRawSync(zeros(64 * mib)), size: 3 * mib, crc: 0 }),
  ),
  hostile('zip-too-large', 'evidence.zip', 'archive_too_large', () => zip({ name: 'x', content: zeros(3 * mib), method: 0 }), {
    maxOutputBytes: 2 * mib,
  }),
  hostile(
    'zip-member-too-large',
    'evidence.zip',
    'archive_member_too_large',
    () => zip({ name: 'x', content: zeros(3 * mib), method: 0 }),
    {
      maxMemberBytes: 2 * mib,
    },
  ),
  hostile('zip-many-members', 'evidence.zip', 'archive_too_many_members', () =>
    zip(...Array.from({ length: 21_000 }, (_, i) => ({ name: `m${i}`, method: 0 }))),
  ),
];

const names: readonly CorpusCase[] = [
  inZip('zip-long-name', 'archive_name_too_long', { name: 'n'.repeat(5000) }),
  inZip('zip-invalid-utf8', 'archive_name_invalid', { name: Buffer.from([0x66, 0xff]) }),
  inZip('zip-nul-in-name', 'archive_name_invalid', { name: 'a\0b' }),
  inZip('zip-traversal', 'archive_path_unsafe', { name: '../evil' }),
  inZip('zip-absolute', 'archive_path_unsafe', { name: '/etc/passwd' }),
  inZip('zip-backslash', 'archive_path_unsafe', { name: '..\\evil' }),
  inZip('zip-duplicate', 'archive_duplicate_member', ordinary, { ...ordinary, content: 'b' }),
];

const kinds: readonly CorpusCase[] = [
  inZip('zip-symlink', 'archive_link_refused', { name: 'l', content: '/etc/passwd', mode: 0o120777 }),
  inZip('zip-device', 'archive_special_member', { name: 'tty', mode: 0o020666 }),
  inZip('zip-encrypted', 'archive_special_member', { ...ordinary, flags: 0x0801 }),
  inZip('zip-unknown-method', 'archive_special_member', { ...ordinary, method: 12 }),
  inZip('zip-zip64', 'archive_too_large', { ...ordinary, offset: 0xffffffff }),
];

/** The third entry lies, complete with its local header, inside the stored content of the second. */
function overlapping(): Buffer {
  const inner: ZipWrite = { name: 'c.txt', content: 'c' };
  const outer: ZipWrite = { name: 'b.txt', content: zip(inner), method: 0 };
  const before = localHeader(prepare(ordinary)).length + prepare(ordinary).raw.length;
  return zip(ordinary, outer, { ...inner, offset: before + localHeader(prepare(outer)).length });
}

const structure: readonly CorpusCase[] = [
  hostile('zip-overlap', 'evidence.zip', 'archive_overlap', overlapping),
  inZip('zip-names-disagree', 'archive_corrupt', { ...ordinary, localName: 'b.txt' }),
  inZip('zip-wrong-crc', 'archive_corrupt', { ...ordinary, crc: 1 }),
  inZip('zip-wrong-crc-stored-large', 'archive_corrupt', { name: 'x', content: zeros(2 * mib), method: 0, crc: 1 }),
  inZip('zip-not-deflate', 'archive_corrupt', { name: 'a', raw: Buffer.from([0xff, 0xff, 0xff]), size: 1 }),
  inZip('zip-bytes-after-deflate', 'archive_corrupt', { ...ordinary, raw: Buffer.concat([deflateRawSync(Buffer.from('a')), zeros(9)]) }),
  inZip('zip-offset-outside', 'archive_corrupt', { ...ordinary, offset: 1_000_000 }),
  hostile('zip-bytes-after-end', 'evidence.zip', 'archive_corrupt', () => Buffer.concat([zip(ordinary), Buffer.from('x')])),
  hostile('zip-bytes-before', 'evidence.zip', 'archive_corrupt', () => Buffer.concat([Buffer.from('#!/bin/sh\n'), zip(ordinary)])),
  hostile('zip-truncated', 'evidence.zip', 'archive_corrupt', () => zip(ordinary).subarray(0, -30)),
  hostile('zip-empty-file', 'evidence.zip', 'archive_corrupt', () => Buffer.alloc(0)),
  hostile('zip-count-too-high', 'evidence.zip', 'archive_corrupt', () =>
    patched(zip(ordinary), (z) => {
      z.writeUInt16LE(2, z.length - 14);
      z.writeUInt16LE(2, z.length - 12);
    }),
  ),
  hostile('zip-count-too-low', 'evidence.zip', 'archive_corrupt', () =>
    patched(zip(ordinary, { ...ordinary, name: 'b' }), (z) => {
      z.writeUInt16LE(1, z.length - 14);
      z.writeUInt16LE(1, z.length - 12);
    }),
  ),
];

const alpha: TinyWheel = { name: 'alpha', version: '1.0' };
const wheel = (name: string, expected: RefusalCode, bytes: () => Buffer, fileName = wheelFileName(alpha)): CorpusCase =>
  hostile(name, fileName, expected, bytes);

const wheels: readonly CorpusCase[] = [
  wheel('wheel-other-name-in-metadata', 'wheel_malformed', () => tinyWheel({ ...alpha, metadataName: 'omega' })),
  wheel('wheel-other-version-in-metadata', 'wheel_malformed', () => tinyWheel({ ...alpha, metadataVersion: '1.1' })),
  wheel('wheel-other-dist-info', 'wheel_malformed', () => zip({ name: 'omega-1.0.dist-info/METADATA', content: metadataOf(alpha) })),
  wheel('wheel-without-metadata', 'wheel_malformed', () => zip(ordinary)),
  wheel('wheel-two-metadata', 'wheel_malformed', () => tinyWheel(alpha, [{ name: 'omega-1.0.dist-info/METADATA', content: 'x' }])),
  wheel('wheel-bad-file-name', 'wheel_malformed', () => tinyWheel(alpha), 'alpha-1.0.whl'),
  wheel('wheel-metadata-bomb', 'archive_member_too_large', () =>
    // incompressible company keeps the whole below the ratio bound
    zip({ name: 'alpha-1.0.dist-info/METADATA', content: zeros(2 * mib) }, { name: 'x', content: zeros(mib), method: 0 }),
  ),
  wheel('wheel-not-a-zip', 'archive_corrupt', () => Buffer.from('not a zip')),
];

/** Zip files and wheels that must be refused. */
export const hostileZips: readonly CorpusCase[] = [...bombs, ...names, ...kinds, ...structure, ...wheels];
