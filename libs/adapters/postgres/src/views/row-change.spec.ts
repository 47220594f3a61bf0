import { describe, expect, it } from '@jest/globals';
import { mergeChanges, statementOf, type RowChange } from './row-change.js';
import { blobs, files, packages } from './tables.js';

const insert: RowChange = { table: packages, kind: 'insert', row: { id: 'p', run_id: '1', phase: 'created' } };
const update = (row: RowChange['row']): RowChange => ({ table: packages, kind: 'update', row: { id: 'p', ...row } });
const blob = (sha256: string, time: string): RowChange => ({
  table: blobs,
  kind: 'earliest',
  row: { sha256, blake3: 'b', size: 1, first_verified_at: time },
});

describe('mergeChanges', () => {
  it('folds an insert and what follows into one insert', () => {
    expect(mergeChanges([insert, update({ run_id: '2' }), update({ phase: 'finalized' })])).toEqual([
      { table: packages, kind: 'insert', row: { id: 'p', run_id: '2', phase: 'finalized' } },
    ]);
  });

  it('keeps apart rows of other keys and of other tables', () => {
    const other: RowChange = { table: packages, kind: 'update', row: { id: 'q', run_id: '3' } };
    const file: RowChange = { table: files, kind: 'update', row: { package_id: 'p', path: 'q', phase: 'refused' } };
    expect(mergeChanges([update({ run_id: '2' }), other, file])).toHaveLength(3);
  });

  it('does not take a key that ends in another for the same row', () => {
    const file = (package_id: string, path: string): RowChange => ({ table: files, kind: 'update', row: { package_id, path } });
    expect(mergeChanges([file('p', 'q/r'), file('p/q', 'r')])).toHaveLength(2);
  });

  it('lets a put replace what an update before it changed', () => {
    const put: RowChange = { table: files, kind: 'put', row: { package_id: 'p', path: 'a', phase: 'received', refusal_code: null } };
    const refused: RowChange = { table: files, kind: 'update', row: { package_id: 'p', path: 'a', phase: 'refused', refusal_code: 'x' } };
    expect(mergeChanges([refused, put])).toEqual([put]);
    expect(mergeChanges([put, refused])).toEqual([{ ...put, row: { ...put.row, phase: 'refused', refusal_code: 'x' } }]);
  });

  it('keeps the earliest time whatever the order', () => {
    const [early, late] = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'];
    expect(mergeChanges([blob('a', late), blob('a', early)])).toEqual([blob('a', early)]);
    expect(mergeChanges([blob('a', early), blob('a', late)])).toEqual([blob('a', early)]);
  });

  it('puts rows that subjects share last and by key, so that all appends lock them in one order', () => {
    const time = '2026-03-01T00:00:00.000Z';
    const merged = mergeChanges([blob('b', time), update({ run_id: '2' }), blob('a', time)]);
    expect(merged.map((c) => c.row['sha256'] ?? c.row['id'])).toEqual(['p', 'a', 'b']);
  });
});

describe('statementOf', () => {
  const written = (change: RowChange): { text: string; values: unknown[] } => {
    const values: unknown[] = ['taken'];
    return { text: statementOf(change, values), values };
  };

  it('inserts with typed values after those already there', () => {
    expect(written(insert)).toEqual({
      text: 'insert into "packages" ("id", "run_id", "phase") values ($2::uuid, $3::text, $4::text)',
      values: ['taken', 'p', '1', 'created'],
    });
  });

  it('updates by key', () => {
    expect(written(update({ run_id: '2' }))).toEqual({
      text: 'update "packages" set "run_id" = $2::text where "id" = $3::uuid',
      values: ['taken', '2', 'p'],
    });
  });

  it('writes JSON columns as text and their null as SQL null', () => {
    const row = { package_id: 'p', path: 'a', declares: { b: 1 }, members: null };
    expect(written({ table: files, kind: 'update', row }).values).toEqual(['taken', '{"b":1}', null, 'p', 'a']);
  });

  it('lowers the time of a shared row only when the new one is earlier', () => {
    expect(written(blob('a', 't')).text).toBe(
      'insert into "blobs" ("sha256", "blake3", "size", "first_verified_at") values ($2::text, $3::text, $4::bigint, $5::timestamptz) ' +
        'on conflict ("sha256") do update set "first_verified_at" = least("blobs"."first_verified_at", excluded."first_verified_at") ' +
        'where excluded."first_verified_at" < "blobs"."first_verified_at"',
    );
  });

  it('refuses a column that the view does not have', () => {
    expect(() => written(update({ colour: 'red' }))).toThrow('packages has no column colour');
  });
});
