import { eventsHttp } from '@muniment/contracts';
import { decodeCbor, encodeCbor, encodeJcs, sha256Hex } from '@muniment/formats';
import type { CheckList } from '../report/check.js';

/**
 * Whether both faces of a retention history say the same, each payload has the digest that the log knows it by, and every event is of this package, in
 * order. That nothing was left out, the history cannot show by itself.
 */
export function checkHistory(packageId: string, json: Uint8Array, cbor: Uint8Array, list: CheckList): void {
  const restsOn = 'the history itself';
  const record = (ok: boolean, detail: string): void => void list.holds('history.retention', packageId, ok, detail, restsOn);
  try {
    const value = decodeCbor(cbor);
    if (!Buffer.from(encodeJcs(value)).equals(Buffer.from(Buffer.from(json).toString('utf8').trimEnd())))
      return record(false, 'JSON and CBOR say different things');
    const events = eventsHttp.eventAnswer.array().parse(value);
    const wrong = events.find((event) => event.payload_digest !== `sha256:${sha256Hex(encodeCbor(event.payload))}`);
    if (wrong !== undefined) return record(false, `event ${wrong.sequence} has another payload than its digest says`);
    const foreign = events.find(({ subject }) => subject.id !== packageId);
    if (foreign !== undefined) return record(false, `event ${foreign.sequence} is of ${foreign.subject.id}`);
    const ordered = events.every(({ sequence }, index) => index === 0 || sequence > (events[index - 1]?.sequence ?? 0));
    record(ordered, ordered ? `${events.length} events, payloads as their digests say` : 'the events are not in order');
  } catch (error) {
    record(false, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
