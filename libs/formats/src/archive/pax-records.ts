import { corrupt } from './corrupt.js';

/**
 * Reads the body of a pax extended header: records `length key=value\n`, the length counting itself (POSIX pax). Values stay bytes, a name
 * need not be text. Later records win. Refuses (`archive_corrupt`) anything malformed.
 */
export function parsePaxRecords(body: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const digits = space === -1 ? '' : Buffer.from(body.subarray(at, Math.min(space, at + 12))).toString('latin1');
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : 0;
    const record = body.subarray(space + 1, at + length);
    const equals = record.indexOf(0x3d);
    if (at + length > body.length || record.at(-1) !== 0x0a || equals < 1) throw corrupt('a pax header is malformed');
    records.set(Buffer.from(record.subarray(0, equals)).toString('utf8'), Uint8Array.from(record.subarray(equals + 1, -1)));
    at += length;
  }
  return records;
}
