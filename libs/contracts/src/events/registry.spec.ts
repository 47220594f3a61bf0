import { describe, expect, it } from '@jest/globals';
import { ZodError } from 'zod';
import { eventDeclarations, parseEvent } from './registry.js';

const payload = { requested_at: '2026-03-01T12:00:00.000Z' };

describe('the registry of events', () => {
  it('names every type once: version, subject, fact', () => {
    const types = eventDeclarations.map((declaration) => declaration.type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect(type).toMatch(/^v[1-9]\d*\.[a-z]+\.[a-z]+(_[a-z]+)*$/);
    for (const { description } of eventDeclarations) expect(description).not.toBe('');
  });

  it('has the names that were promised', () => {
    const types: readonly string[] = eventDeclarations.map((declaration) => declaration.type);
    for (const type of ['v1.package.created', 'v1.file.ingested', 'v1.package.finalized', 'v1.retention.default_applied']) {
      expect(types).toContain(type);
    }
  });
});

describe('a stored event', () => {
  it('is parsed by its type', () => {
    expect(parseEvent('v1.package.finalize_requested', payload)).toEqual({ type: 'v1.package.finalize_requested', payload });
  });

  it.each(['v2.package.finalize_requested', 'v1.package.renamed', 'toString', '__proto__', ''])(
    'of a type this version does not know is skipped: "%s"',
    (type) => {
      expect(parseEvent(type, payload)).toBeNull();
    },
  );

  it.each([
    ['a missing field', {}],
    ['an unknown field', { ...payload, by: 'me' }],
    ['an instant without milliseconds', { requested_at: '2026-03-01T12:00:00Z' }],
    ['an instant elsewhere', { requested_at: '2026-03-01T12:00:00.000+01:00' }],
    ['no such day', { requested_at: '2026-02-30T12:00:00.000Z' }],
    ['no object', 'text'],
  ])('with %s is an error, not skipped', (_, wrong) => {
    expect(() => parseEvent('v1.package.finalize_requested', wrong)).toThrow(ZodError);
  });

  it.each([
    ['a digest in capitals', { expected_sha256: 'A'.repeat(64) }],
    ['a digest with its prefix', { expected_sha256: `sha256:${'a'.repeat(64)}` }],
    ['a size that is no integer', { expected_size: 1.5 }],
    ['a negative size', { expected_size: -1 }],
    ['a size beyond what is exact', { expected_size: 2 ** 53 }],
  ])('with %s is an error', (_, change) => {
    const right = {
      path: 'a',
      expected_sha256: 'a'.repeat(64),
      actual_sha256: 'b'.repeat(64),
      expected_size: 2 ** 53 - 1,
      actual_size: 0,
      backend: 's3',
    };
    expect(parseEvent('v1.storage.corruption_detected', right)?.payload).toEqual(right);
    expect(() => parseEvent('v1.storage.corruption_detected', { ...right, ...change })).toThrow(ZodError);
  });

  it('may leave open what its writer did not know: null, never absent', () => {
    const received = {
      file_id: '01957a3e-7000-7000-8000-0000000000f1',
      path: 'a.bin',
      size: 0,
      sha256: 'a'.repeat(64),
      blake3: null,
      media_type: 'application/octet-stream',
      witness: 'declared',
      staging_key: null,
      declares: null,
      received_at: '2026-03-01T12:00:00.000Z',
    };
    expect(parseEvent('v1.file.received', received)?.payload).toEqual(received);
    expect(() => parseEvent('v1.file.received', { ...received, blake3: undefined })).toThrow(ZodError);
  });
});
