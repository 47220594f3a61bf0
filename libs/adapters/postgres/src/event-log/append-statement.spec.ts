import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { goldenEvents, ingestedFile, openedPackage, receivedFile, someInstant } from '@muniment/testing';
import type { Append } from '@muniment/application';
import { parseSha256 } from '@muniment/domain';
import { appendStatement, prepareAppend } from './append-statement.js';

function received(change: Partial<Append> = {}): Append {
  const id = randomUUID();
  const facts = [receivedFile(randomUUID(), { path: `${id}.json` })];
  return { subject: { kind: 'package', id }, expectedRevision: 2, facts, attribution: { actor: 'a', time: someInstant }, ...change };
}

function statementOf(...appends: readonly Append[]) {
  return appendStatement(appends.map((append) => prepareAppend(append, 'acme/widgets')));
}

function placesIn(text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(/\$(\d+)/g)].map((m) => Number(m[1])));
}

describe('the statement of an append', () => {
  it('has one name for one shape, whatever the values, so that the server plans it once', () => {
    const [one, other] = [statementOf(received()), statementOf(received({ expectedRevision: 70 }))];
    expect(other.name).toBe(one.name);
    expect(other.text).toBe(one.text);
    expect(other.values).not.toEqual(one.values);
  });

  it('has another name for another shape', () => {
    const id = randomUUID();
    const created = statementOf({ ...received(), expectedRevision: 0, facts: openedPackage(id) });
    expect(created.name).not.toBe(statementOf(received()).name);
    expect(created.name).toMatch(/^append_[0-9a-f]{24}$/);
  });

  it('has no name when it holds many facts, so that connections do not collect plans', () => {
    const facts = Array.from({ length: 9 }, (_, n) => receivedFile(randomUUID(), { path: `${n}` }));
    expect(statementOf(received({ facts }))).not.toHaveProperty('name');
    expect(statementOf(received({ facts: facts.slice(1) }))).toHaveProperty('name');
  });

  it('refers to exactly the values it carries', () => {
    const { text, values } = statementOf(received());
    expect(placesIn(text)).toEqual(new Set(values.map((_, i) => i + 1)));
  });

  it('is another one when it may overlook something, which only facts about files of a package that is there may', () => {
    expect(statementOf(received({ overlooks: 'v1.file.ingested' })).name).not.toBe(statementOf(received()).name);
    expect(() => statementOf(received({ overlooks: 'v1.file.ingested', expectedRevision: 0 }))).toThrow('no row to move');
    const facts = [goldenEvents['v1.package.finalized']];
    expect(() => statementOf(received({ overlooks: 'v1.file.ingested', facts }))).toThrow('overlooked by v1.package.finalized');
  });
});

describe('the statement of several appends', () => {
  it('refers to exactly the values it carries, and is another one for another number', () => {
    const [two, three] = [statementOf(received(), received()), statementOf(received(), received(), received())];
    expect(placesIn(three.text)).toEqual(new Set(three.values.map((_, i) => i + 1)));
    expect(three.name).not.toBe(two.name);
    expect(three.values.length / 3).toBe(two.values.length / 2);
  });

  it('is the same in whatever order they came, by subject: two of them can wait for each other, not deadlock', () => {
    const [one, other] = [received(), received()];
    expect(statementOf(one, other)).toEqual(statementOf(other, one));
  });

  it('names content that several of them verified once, with the earliest time, and last', () => {
    const sha256 = parseSha256('ab'.repeat(32));
    const verified = (day: number): Append =>
      received({ facts: [ingestedFile(randomUUID(), { sha256, verified_at: `2026-03-0${day}T00:00:00.000Z` as typeof someInstant })] });
    const { text, values } = statementOf(verified(3), verified(1), verified(2));
    expect(text.match(/insert into "blobs"/g)).toHaveLength(1);
    expect(text.indexOf('insert into "blobs"')).toBeGreaterThan(text.lastIndexOf('update "packages"'));
    expect(values.slice(-6)).toEqual([sha256, expect.anything(), expect.anything(), '2026-03-01T00:00:00.000Z', 'hot', null]);
  });
});
