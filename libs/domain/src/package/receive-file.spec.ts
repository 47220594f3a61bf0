import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../spec-support/refused.js';
import {
  aFile,
  anIngestedFile,
  aPackage,
  aRefusedFile,
  aView,
  blakeA,
  blakeB,
  declaring,
  now,
  shaA,
  shaB,
} from '../spec-support/states.js';
import { parseFilePath } from './path.js';
import { assertOpenFor, receiveFile, type ReceiveFile } from './receive-file.js';

const command = (change: Partial<ReceiveFile> = {}): ReceiveFile => ({
  fileId: 'file-2',
  path: parseFilePath('report.json'),
  size: 10,
  sha256: shaA,
  blake3: blakeA,
  mediaType: 'application/json',
  witness: 'stream',
  stagingKey: 'staging/file-2',
  declares: null,
  ...change,
});
const meta = parseFilePath('report.json.meta');

describe('receive a file', () => {
  it('records the first witness', () => {
    expect(receiveFile(aView(), command(), { now })).toEqual([
      {
        type: 'v1.file.received',
        payload: {
          file_id: 'file-2',
          path: 'report.json',
          size: 10,
          sha256: shaA,
          blake3: blakeA,
          media_type: 'application/json',
          witness: 'stream',
          staging_key: 'staging/file-2',
          declares: null,
          received_at: now,
        },
      },
    ]);
  });

  it.each([
    ['received', aFile()],
    ['ingested', anIngestedFile()],
  ])('does nothing for the same bytes at a path where they are %s', (_, file) => {
    expect(receiveFile(aView({ file }), command(), { now })).toEqual([]);
  });

  it('does nothing for the same bytes even when the package is final', () => {
    const view = aView({ file: anIngestedFile(), package: aPackage({ phase: 'finalized' }) });
    expect(receiveFile(view, command(), { now })).toEqual([]);
  });

  it('refuses other bytes at a path that is taken, and tells which are there', () => {
    const refusal = refusalOf(() => receiveFile(aView({ file: anIngestedFile() }), command({ sha256: shaB }), { now }));
    expect([refusal.code, refusal.facts]).toEqual(['path_conflict', { path: 'report.json', sha256: shaA }]);
  });

  it('takes any bytes where a file was refused', () => {
    expect(receiveFile(aView({ file: aRefusedFile() }), command({ sha256: shaB }), { now })).toHaveLength(1);
    expect(receiveFile(aView({ file: aRefusedFile() }), command(), { now })).toHaveLength(1);
  });

  it.each([
    ['final', aPackage({ phase: 'finalized' })],
    ['collected', aPackage({ phase: 'garbage_collected' })],
    ['to be finalized', aPackage({ finalizeRequested: true })],
  ])('refuses a new path when the package is %s', (_, pkg) => {
    expect(refusalOf(() => receiveFile(aView({ package: pkg }), command(), { now })).code).toBe('package_not_open');
    expect(refusalOf(() => assertOpenFor(aView({ package: pkg }), 'report.json')).code).toBe('package_not_open');
  });

  it('lets a refused file be replaced while finalization waits for it, but not afterwards', () => {
    const waiting = aView({ file: aRefusedFile(), package: aPackage({ finalizeRequested: true }) });
    expect(receiveFile(waiting, command(), { now })).toHaveLength(1);
    const final = aView({ file: aRefusedFile(), package: aPackage({ finalizeRequested: true, phase: 'finalized' }) });
    expect(refusalOf(() => receiveFile(final, command(), { now })).code).toBe('package_not_open');
  });

  it('lets a path that holds a file stay open for the same bytes, whatever the package is', () => {
    const view = aView({ file: anIngestedFile(), package: aPackage({ phase: 'finalized' }) });
    expect(() => assertOpenFor(view, 'report.json')).not.toThrow();
  });

  it('refuses early what no file system could hold beside a file that is there, but not the same bytes once more', () => {
    const inTheWay = 'report.json/part';
    const refusal = refusalOf(() => assertOpenFor(aView({ inTheWay }), 'report.json'));
    expect([refusal.code, refusal.facts]).toEqual(['path_conflict', { path: 'report.json', other_path: inTheWay }]);
    expect(refusalOf(() => receiveFile(aView({ inTheWay, file: aRefusedFile() }), command(), { now })).code).toBe('path_conflict');
    expect(receiveFile(aView({ inTheWay, file: anIngestedFile() }), command(), { now })).toEqual([]);
  });

  describe('beside its .meta record', () => {
    it('refuses a record that disagrees with the file that is there', () => {
      const view = aView({ counterpart: anIngestedFile() });
      const record = command({ path: meta, sha256: shaB, declares: declaring({ sha256: shaB, size: 11 }) });
      const refusal = refusalOf(() => receiveFile(view, record, { now }));
      expect([refusal.code, refusal.facts]).toEqual(['meta_disagrees', { path: 'report.json', fields: ['sha256', 'size'] }]);
    });

    it('refuses a file that disagrees with the record that is there', () => {
      const view = aView({ counterpart: aFile({ path: meta, sha256: shaB, declares: declaring({ blake3: blakeB }) }) });
      expect(refusalOf(() => receiveFile(view, command(), { now })).facts['fields']).toEqual(['blake3']);
    });

    it('takes the two in either order when they agree', () => {
      const declares = declaring({ name: 'report.json', sha256: shaA, blake3: blakeA, size: 10 });
      expect(receiveFile(aView({ counterpart: aFile() }), command({ path: meta, sha256: shaB, declares }), { now })).toHaveLength(1);
      const record = aFile({ path: meta, sha256: shaB, declares });
      expect(receiveFile(aView({ counterpart: record }), command(), { now })).toHaveLength(1);
    });

    it('does not hold a file against a half that was refused', () => {
      const record = aRefusedFile({ path: meta, declares: declaring({ size: 99 }) });
      expect(receiveFile(aView({ counterpart: record }), command(), { now })).toHaveLength(1);
      const view = aView({ counterpart: aRefusedFile() });
      expect(receiveFile(view, command({ path: meta, declares: declaring({ size: 99 }) }), { now })).toHaveLength(1);
    });
  });
});
