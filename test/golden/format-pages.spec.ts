import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventDeclarations } from '@muniment/contracts';
import { goldenText } from './golden-file.js';

const page = (name: string): string => readFileSync(new URL(`../../docs/formats/${name}.md`, import.meta.url), 'utf8');
const hexOf = (type: string): string => goldenText(`${type}.cbor.hex`, '');
const digestOf = (type: string): string =>
  createHash('sha256')
    .update(Buffer.from(hexOf(type), 'hex'))
    .digest('hex');

/** The bytes of the annotated dump in a page: pairs of digits at the beginning of its lines. */
function dumpIn(text: string): string {
  const [, dump] = /```\n(a[0-9a-f] .*?)```/s.exec(text) ?? [];
  const lines = (dump ?? '').split('\n').map((line) => /^\s*((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?= {2}|$)/.exec(line)?.[1] ?? '');
  return lines.join('').replaceAll(' ', '');
}

/** Every key that a payload of the type may have, at any depth. */
function keysOf(type: string): readonly string[] {
  const keys = new Set<string>();
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties') for (const name of Object.keys(Object(value) as object)) keys.add(name);
      walk(value);
    }
  };
  walk(JSON.parse(goldenText(`${type}.schema.json`, '')));
  return [...keys];
}

describe('the page of events', () => {
  it.each(eventDeclarations.map(({ type }) => [type] as const))('describes %s with every field it has', (type) => {
    const text = page(type === 'v1.package.finalized' ? 'manifest' : 'event');
    expect(page('event')).toContain(`### \`${type}\``);
    for (const key of keysOf(type)) expect(page('event') + text).toMatch(new RegExp(`\\b${key}\\b`));
  });

  it('shows the committed sample', () => {
    const type = 'v1.retention.default_applied';
    expect(dumpIn(page('event'))).toBe(hexOf(type));
    const [, shown] = /```json\n(.*?)```/s.exec(page('event')) ?? [];
    expect(JSON.parse(shown ?? 'null')).toEqual(JSON.parse(goldenText(`${type}.json`, '')));
    expect(page('event')).toContain(`SHA2-256(stdin)= ${digestOf(type)}`);
  });
});

describe('the page of the manifest', () => {
  it('shows the committed sample', () => {
    const dump = dumpIn(page('manifest'));
    expect(dump.length).toBeGreaterThan(80);
    expect(hexOf('v1.package.finalized').startsWith(dump)).toBe(true);
    expect(page('manifest')).toContain(`sha256:${digestOf('v1.package.finalized')}`);
  });
});
