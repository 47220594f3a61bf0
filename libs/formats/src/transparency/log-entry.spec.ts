import { describe, expect, it } from '@jest/globals';
import { decodeCbor } from '../canonical/cbor.js';
import { entryBundle, logEntry, maxEntryBytes, type LoggedEvent } from './log-entry.js';

const event: LoggedEvent = {
  sequence: 42n,
  type: 'v1.retention.hold_applied',
  time: '2026-03-01T12:00:00.123Z',
  actor: 'token:legal',
  subject: { kind: 'package', id: '6f1f64c4-9d2e-4b1e-9f0e-3f1f64c49d2e' },
  revision: 7,
  reason: 'audit 2026-17',
  payloadDigest: 'ab'.repeat(32),
};

describe('the entry of an event', () => {
  it('says who did what when to what, and the digest of the payload', () => {
    expect(decodeCbor(logEntry(event))).toEqual({
      entry_version: 1,
      sequence: 42,
      type: 'v1.retention.hold_applied',
      time: '2026-03-01T12:00:00.123Z',
      actor: 'token:legal',
      subject_kind: 'package',
      subject_id: '6f1f64c4-9d2e-4b1e-9f0e-3f1f64c49d2e',
      revision: 7,
      reason: 'audit 2026-17',
      payload_digest: `sha256:${'ab'.repeat(32)}`,
    });
  });

  it('is the same bytes for ever', () => {
    // A golden sample: a change of these bytes would make every log there is look edited.
    expect(Buffer.from(logEntry({ ...event, reason: null })).toString('hex')).toMatchInlineSnapshot(
      `"aa6474696d657818323032362d30332d30315431323a30303a30302e3132335a6474797065781976312e726574656e74696f6e2e686f6c645f6170706c696564656163746f726b746f6b656e3a6c6567616c66726561736f6ef6687265766973696f6e076873657175656e6365182a6a7375626a6563745f6964782436663166363463342d396432652d346231652d396630652d3366316636346334396432656c7375626a6563745f6b696e64677061636b6167656d656e7472795f76657273696f6e016e7061796c6f61645f64696765737478477368613235363a61626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162"`,
    );
  });

  it.each([
    ['sequence', { sequence: 43n }],
    ['type', { type: 'v1.retention.hold_released' }],
    ['time', { time: '2026-03-01T12:00:00.124Z' }],
    ['actor', { actor: 'token:other' }],
    ['subject', { subject: { kind: 'collection', id: event.subject.id } }],
    ['revision', { revision: 8 }],
    ['reason', { reason: null }],
    ['payload', { payloadDigest: 'ac'.repeat(32) }],
  ])('is another one with another %s', (_, change) => {
    expect(Buffer.compare(logEntry({ ...event, ...change }), logEntry(event))).not.toBe(0);
  });

  it('names a reason too long for a bundle by its digest', () => {
    const long = { ...event, reason: 'é'.repeat(16_385) };
    expect(logEntry(long).length).toBeLessThan(1_000);
    expect(decodeCbor(logEntry(long))).toMatchObject({ reason: null, reason_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(Buffer.compare(logEntry(long), logEntry({ ...long, reason: `${long.reason}.` }))).not.toBe(0);
    expect(decodeCbor(logEntry({ ...event, reason: 'é'.repeat(16_384) }))).not.toHaveProperty('reason_digest');
  });

  it('never is longer than a bundle can say', () => {
    expect(() => logEntry({ ...event, actor: 'a'.repeat(maxEntryBytes) })).toThrow(RangeError);
    expect(() => logEntry({ ...event, sequence: 0n })).toThrow(RangeError);
    expect(() => logEntry({ ...event, sequence: 2n ** 53n })).toThrow(RangeError);
  });
});

describe('a bundle', () => {
  it('holds each entry behind its length', () => {
    expect([...entryBundle([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)])]).toEqual([0, 2, 1, 2, 0, 0, 0, 1, 3]);
    const bundle = entryBundle([new Uint8Array(maxEntryBytes)]);
    expect([bundle[0], bundle[1], bundle.length]).toEqual([255, 255, maxEntryBytes + 2]);
  });
});
