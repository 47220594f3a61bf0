import { gzipSync } from 'node:zlib';

/** One entry of a hand-made tar; every field can be made wrong. */
export interface TarEntry {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  /** ustar type flag; default a regular file. */
  readonly type?: string;
  readonly linkname?: string;
  /** Size written to the header when it shall differ from the content. */
  readonly size?: number;
  readonly badChecksum?: boolean;
  /** Magic and version; default POSIX ustar. */
  readonly magic?: string;
}

const block = 512;

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0') + '\0';
}

/** Padded to whole blocks. */
function padded(content: Buffer): Buffer {
  const rest = content.length % block;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(block - rest)]);
}

/** The bytes of one entry: header and padded content, always the same for the same entry. */
export function tarEntry(entry: TarEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(block);
  Buffer.from(entry.name).copy(header, 0, 0, 100);
  const mode = entry.type === '5' ? 0o755 : 0o644;
  header.write(
    octal(mode, 7) + octal(0, 7) + octal(0, 7) + octal(entry.size ?? content.length, 11) + octal(1_700_000_000, 11),
    100,
    'latin1',
  );
  header.write(' '.repeat(8) + (entry.type ?? '0'), 148, 'latin1');
  header.write(entry.linkname ?? '', 157, 100, 'latin1');
  header.write(entry.magic ?? 'ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  if (entry.badChecksum === true) sum += 1;
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148, 'latin1');
  return Buffer.concat([header, padded(content)]);
}

/** One pax record; its length counts itself. */
export function paxRecord(key: string, value: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = body.length;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

/** A pax extended header for the entry that follows. */
export function paxHeader(records: Readonly<Record<string, string | Buffer>>, type = 'x'): Buffer {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  return tarEntry({ name: 'PaxHeaders/entry', type, content });
}

/** A GNU long-name entry for the entry that follows. */
export function gnuLongName(name: string): Buffer {
  return tarEntry({ name: '././@LongLink', type: 'L', content: Buffer.from(name + '\0'), magic: 'ustar  \0' });
}

/** The end mark: two zero blocks. */
export const tarEnd = Buffer.alloc(2 * block);

/** A complete tar of these entries. */
export function tar(...entries: readonly (TarEntry | Buffer)[]): Buffer {
  return Buffer.concat([...entries.map((e) => (Buffer.isBuffer(e) ? e : tarEntry(e))), tarEnd]);
}

/** Gzip without a time stamp, so the same input gives the same bytes. */
export function tgz(...entries: readonly (TarEntry | Buffer)[]): Buffer {
  return gzipSync(tar(...entries));
}
