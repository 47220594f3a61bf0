import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventDeclarations, eventsHttp, parseEvent } from '@muniment/contracts';
import { decodeCbor, encodeCbor, encodeJcs } from '@muniment/formats';
import { goldenAttribution, goldenEvents, goldenPackageId } from '@muniment/testing';
import { z } from 'zod';
import { goldenFiles, goldenText } from './golden-file.js';

const samples = Object.values(goldenEvents);
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The event as every reader gets it (design section 6). */
function answerOf(sample: (typeof samples)[number], sequence: number): string {
  const { actor, time, reason } = goldenAttribution;
  const { type, payload } = sample;
  const subject = { kind: 'package', id: goldenPackageId };
  const payloadDigest = `sha256:${digestOf(encodeCbor(payload))}`;
  return encodeJcs({ sequence, type, time, actor, subject, revision: sequence, reason, payload, payload_digest: payloadDigest });
}

/** The shape without what may change although the stored bytes do not: zod's own patterns, and a catalogue of codes that only grows. */
function shapeOf(schema: z.ZodType): string {
  const override = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
    if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    if (jsonSchema.enum?.includes('path_conflict') === true) jsonSchema.enum = ['<code of a refusal>'];
  };
  return encodeJcs(z.toJSONSchema(schema, { io: 'input', override }));
}

describe('golden samples', () => {
  it('exist for every declared event type, and for nothing else', () => {
    const declared = eventDeclarations.map((d) => d.type).sort();
    expect(samples.map((s) => s.type).sort()).toEqual(declared);
    for (const sample of samples) expect(goldenEvents[sample.type]).toBe(sample);
    if (process.env['UPDATE_GOLDEN'] === '1') return; // a new type's files are written below
    const files = declared.flatMap((type) => [`${type}.cbor.hex`, `${type}.json`, `${type}.schema.json`]);
    expect([...goldenFiles()].sort()).toEqual(files.sort());
  });

  it.each(samples.map((sample, index) => [sample.type, sample, index + 1] as const))('%s has the committed bytes', (type, sample, n) => {
    const produced = Buffer.from(encodeCbor(sample.payload)).toString('hex');
    expect(produced).toBe(goldenText(`${type}.cbor.hex`, produced));
    expect(answerOf(sample, n)).toBe(goldenText(`${type}.json`, answerOf(sample, n)));
  });

  it.each(samples.map((sample) => [sample.type] as const))('%s: committed bytes are read as the event they are', (type) => {
    const stored = Buffer.from(goldenText(`${type}.cbor.hex`, ''), 'hex');
    const event = parseEvent(type, decodeCbor(stored));
    expect(event).toEqual(goldenEvents[type]);
    expect(Buffer.from(encodeCbor(event?.payload)).equals(stored)).toBe(true);
    const answer = eventsHttp.eventAnswer.parse(JSON.parse(goldenText(`${type}.json`, '')));
    expect(answer.payload).toEqual(decodeCbor(stored));
    expect(answer.payload_digest).toBe(`sha256:${digestOf(stored)}`);
  });

  it.each(eventDeclarations.map((declaration) => [declaration.type, declaration] as const))('%s keeps its shape', (type, declaration) => {
    const shape = shapeOf(declaration.payload);
    expect(shape).toBe(goldenText(`${type}.schema.json`, shape));
  });

  it.each(samples.map((sample) => [sample.type, sample] as const))(
    '%s refuses a payload with one field more or one less',
    (type, sample) => {
      const [first = ''] = Object.keys(sample.payload);
      const less = Object.fromEntries(Object.entries(sample.payload).filter(([key]) => key !== first));
      expect(() => parseEvent(type, { ...sample.payload, extra: 1 })).toThrow(/extra/);
      expect(() => parseEvent(type, less)).toThrow(new RegExp(first));
    },
  );
});
