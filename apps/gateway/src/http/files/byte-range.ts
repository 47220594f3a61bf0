import { Refusal } from '@muniment/domain';
import type { ByteRange } from '@muniment/application';

/**
 * The single range a client asks for (RFC 9110 section 14). Null: serve everything; also for several ranges and other units, which a server may
 * ignore. Refuses a range outside of the bytes (`range_not_satisfiable`).
 */
export function byteRange(header: string | undefined, size: number): ByteRange | null {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '');
  if (!match) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  if (start >= size || (first === '' && Number(last) === 0)) {
    throw new Refusal('range_not_satisfiable', `The range lies outside of the ${size} bytes.`, { size });
  }
  return { start, end };
}
