import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openedPackage, receivedFile, someInstant } from '@muniment/testing';
import type { Append } from '@muniment/application';
import { appendStatement } from './append-statement.js';

function received(change: Partial<Append> = {}): Append {
  const id = randomUUID();
  const facts = [receivedFile(randomUUID(), { path: `${id}.json` })];
  return { subject: { kind: 'package', id }, expectedRevision: 2, facts, attribution: { actor: 'a', time: someInstant }, ...change };
}

describe('the statement of an append', () => {
  it('has one name for one shape, whatever the values, so that the server plans it once', () => {
    const [one, other] = [appendStatement(received(), ''), appendStatement(received({ expectedRevision: 70 }), '')];
    expect(other.name).toBe(one.name);
    expect(other.text).toBe(one.text);
    expect(other.values).not.toEqual(one.values);
  });

  it('has another name for another shape', () => {
    const id = randomUUID();
    const created = appendStatement({ ...received(), expectedRevision: 0, facts: openedPackage(id) }, '');
    expect(created.name).not.toBe(appendStatement(received(), '').name);
    expect(created.name).toMatch(/^append_[0-9a-f]{24}$/);
  });

  it('has no name when it holds many facts, so that connections do not collect plans', () => {
    const facts = Array.from({ length: 9 }, (_, n) => receivedFile(randomUUID(), { path: `${n}` }));
    expect(appendStatement(received({ facts }), '')).not.toHaveProperty('name');
    expect(appendStatement(received({ facts: facts.slice(1) }), '')).toHaveProperty('name');
  });

  it('refers to exactly the values it carries', () => {
    const { text, values } = appendStatement(received(), '');
    const places = [...text.matchAll(/\$(\d+)/g)].map((m) => Number(m[1]));
    expect(new Set(places)).toEqual(new Set(values.map((_, i) => i + 1)));
  });
});
