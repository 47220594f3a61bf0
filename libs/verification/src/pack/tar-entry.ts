const blockSize = 512;
/** Every member's time: the same bytes make the same pack, whoever packs them and when. */
const time = 0;
const largestInUstar = 8 * 1024 ** 3 - 1;

/** Header blocks of one regular file: POSIX ustar, with a pax header before it where name or size need one. */
export function tarHeader(path: string, size: number): Uint8Array {
  const name = Buffer.from(path);
  const short = name.length <= 100 && /^[\x20-\x7e]+$/.test(path);
  const records = [...(short ? [] : [paxRecord('path', path)]), ...(size > largestInUstar ? [paxRecord('size', String(size))] : [])];
  const body = Buffer.from(records.join(''));
  const extended = body.length === 0 ? [] : [block('PaxHeader', body.length, 'x'), body, tarPadding(body.length)];
  return Buffer.concat([...extended, block(short ? path : 'long-name', Math.min(size, largestInUstar), '0')]);
}

/** Zeros up to the next block. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((blockSize - (size % blockSize)) % blockSize);
}

/** The end mark. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * blockSize);
}

function block(name: string, size: number, typeflag: string): Buffer {
  const header = Buffer.alloc(blockSize);
  header.write(name, 0, 100, 'latin1');
  writeOctal(header, 0o644, 100, 8);
  writeOctal(header, 0, 108, 8);
  writeOctal(header, 0, 116, 8);
  writeOctal(header, size, 124, 12);
  writeOctal(header, time, 136, 12);
  header.fill(0x20, 148, 156);
  header.write(typeflag, 156, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function writeOctal(header: Buffer, value: number, at: number, length: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length = String(length).length + bytes;
  return `${length}${rest}`;
}
