import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../errors.js';
import type { Inspection } from '../inspection/inspection.js';
import {
  aFile,
  aMember,
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
import { ingestFile, type Examination, type IngestFile } from './ingest-file.js';

const opaque: Inspection = { format: 'opaque', member_count: 0, members: [], wheel: null };
const stored = { sha256: shaA, blake3: blakeA, size: 10 };
const finding = (change: Partial<Examination> = {}): IngestFile => ({
  fileId: 'file-1',
  examination: { stored, outcome: { inspection: opaque }, ...change },
  criticalWheels: [],
  backend: 's3',
});
const wheelhouse = (...paths: string[]): Examination['outcome'] => {
  const members = paths.map(aMember);
  return { inspection: { format: 'tar+gzip', member_count: members.length, members, wheel: null } };
};
const typesOf = (facts: readonly { readonly type: string }[]): string[] => facts.map((fact) => fact.type);

describe('ingest a file', () => {
  it('records the second witness when declared, received and stored agree', () => {
    expect(ingestFile(aView({ file: aFile() }), finding(), { now })).toEqual([
      {
        type: 'v1.file.ingested',
        payload: {
          file_id: 'file-1',
          path: 'report.json',
          size: 10,
          sha256: shaA,
          blake3: blakeA,
          media_type: 'application/json',
          origin: 'upload',
          format: 'opaque',
          member_count: 0,
          members: null,
          wheel: null,
          declares: null,
          backend: 's3',
          verified_at: now,
        },
      },
    ]);
  });

  it('learns the BLAKE3 of a file that went straight to the store', () => {
    const [fact] = ingestFile(aView({ file: aFile({ blake3: null }) }), finding(), { now });
    expect(fact?.payload).toMatchObject({ blake3: blakeA });
  });

  it.each([
    ['there is no file', aView()],
    ['another file stands there by now', aView({ file: aFile({ fileId: 'file-9' }) })],
    ['it is part of the package already', aView({ file: anIngestedFile() })],
    ['it was refused already', aView({ file: aRefusedFile() })],
  ])('does nothing when %s', (_, view) => {
    expect(ingestFile(view, finding(), { now })).toEqual([]);
  });

  it.each([
    ['SHA-256', { ...stored, sha256: shaB }],
    ['BLAKE3', { ...stored, blake3: blakeB }],
    ['size', { ...stored, size: 9 }],
  ])('tells of corruption and refuses the file when the stored %s differs', (_, found) => {
    const facts = ingestFile(aView({ file: aFile() }), finding({ stored: found }), { now });
    expect(facts).toMatchObject([
      {
        type: 'v1.storage.corruption_detected',
        payload: {
          path: 'report.json',
          expected_sha256: shaA,
          actual_sha256: found.sha256,
          expected_size: 10,
          actual_size: found.size,
          backend: 's3',
        },
      },
      { type: 'v1.file.refused', payload: { file_id: 'file-1', path: 'report.json', code: 'stored_bytes_differ', refused_at: now } },
    ]);
  });

  it('does not call it corruption when only the client ever spoke for the bytes', () => {
    const file = aFile({ blake3: null, stagingKey: 'staging/file-1' });
    const facts = ingestFile(aView({ file }), finding({ stored: { ...stored, size: 9 } }), { now });
    expect(facts).toMatchObject([{ type: 'v1.file.refused', payload: { code: 'digest_mismatch' } }]);
    const known = ingestFile(aView({ file: { ...file, stagingKey: null } }), finding({ stored: { ...stored, size: 9 } }), { now });
    expect(known.map((fact) => fact.type)).toEqual(['v1.storage.corruption_detected', 'v1.file.refused']);
  });

  it('speaks of corruption, not of a bad archive, when the bytes differ and inspection failed on them', () => {
    const refusal = new Refusal('archive_corrupt', 'The archive ends early.');
    const facts = ingestFile(aView({ file: aFile() }), finding({ stored: { ...stored, size: 9 }, outcome: { refusal } }), { now });
    expect(facts.at(-1)?.payload).toMatchObject({ code: 'stored_bytes_differ' });
  });

  it('refuses what inspection refused, with its code and sentence', () => {
    const refusal = new Refusal('archive_path_unsafe', 'A member leaves the archive.');
    expect(ingestFile(aView({ file: aFile() }), finding({ outcome: { refusal } }), { now })).toEqual([
      {
        type: 'v1.file.refused',
        payload: {
          file_id: 'file-1',
          path: 'report.json',
          code: 'archive_path_unsafe',
          detail: 'A member leaves the archive.',
          refused_at: now,
        },
      },
    ]);
  });

  describe('beside its .meta record', () => {
    const tarball = { path: 'wheelhouse-3.11.tgz' };
    const record = { path: 'wheelhouse-3.11.tgz.meta', fileId: 'meta-1' };

    it('refuses a wheelhouse whose wheels are not those its record lists', () => {
      const counterpart = aFile({ ...record, declares: declaring({ wheels: ['a-1.0-py3-none-any.whl', 'b-1.0-py3-none-any.whl'] }) });
      const outcome = wheelhouse('.wheelhouse/a-1.0-py3-none-any.whl');
      const facts = ingestFile(aView({ file: aFile(tarball), counterpart }), finding({ outcome }), { now });
      expect(facts).toMatchObject([{ type: 'v1.file.refused', payload: { code: 'meta_disagrees' } }]);
    });

    it('refuses a record that lists other wheels than the verified wheelhouse holds', () => {
      const counterpart = anIngestedFile({ ...tarball, sha256: shaB, members: [aMember('a-1.0-py3-none-any.whl')] });
      const file = aFile({ ...record, declares: declaring({ wheels: [] }) });
      const facts = ingestFile(aView({ file, counterpart }), { ...finding(), fileId: 'meta-1' }, { now });
      expect(facts).toMatchObject([{ type: 'v1.file.refused', payload: { code: 'meta_disagrees', file_id: 'meta-1' } }]);
    });

    it('takes both in either order when they agree', () => {
      const declares = declaring({ wheels: ['a-1.0-py3-none-any.whl'] });
      const outcome = wheelhouse('.wheelhouse/a-1.0-py3-none-any.whl', '.wheelhouse/pins.txt');
      const first = ingestFile(aView({ file: aFile(tarball), counterpart: aFile({ ...record, declares }) }), finding({ outcome }), { now });
      expect(typesOf(first)).toEqual(['v1.file.ingested']);
      const counterpart = anIngestedFile({ ...tarball, members: [aMember('.wheelhouse/a-1.0-py3-none-any.whl')] });
      const second = ingestFile(aView({ file: aFile({ ...record, declares }), counterpart }), { ...finding(), fileId: 'meta-1' }, { now });
      expect(typesOf(second)).toEqual(['v1.file.ingested']);
    });

    it('leaves the wheel list to the wheelhouse while that is not verified yet', () => {
      const file = aFile({ ...record, declares: declaring({ wheels: ['a-1.0-py3-none-any.whl'] }) });
      const facts = ingestFile(aView({ file, counterpart: aFile(tarball) }), { ...finding(), fileId: 'meta-1' }, { now });
      expect(typesOf(facts)).toEqual(['v1.file.ingested']);
    });

    it('refuses a wheelhouse without a wheel that every wheelhouse must hold, however its name is spelled', () => {
      const outcome = wheelhouse('a-1.0-py3-none-any.whl');
      const command = { ...finding({ outcome }), criticalWheels: ['numpy'] };
      const [fact] = ingestFile(aView({ file: aFile() }), command, { now });
      expect(fact).toMatchObject({ type: 'v1.file.refused', payload: { code: 'wheelhouse_incomplete' } });
      expect(fact?.payload).toHaveProperty('detail', expect.stringContaining('numpy'));
    });

    it('does not hold a file against a half that was refused', () => {
      const counterpart = aRefusedFile({ ...record, declares: declaring({ wheels: ['gone.whl'] }) });
      const facts = ingestFile(aView({ file: aFile(tarball), counterpart }), finding({ outcome: wheelhouse('a.whl') }), { now });
      expect(typesOf(facts)).toEqual(['v1.file.ingested']);
    });
  });

  describe('when finalization was requested', () => {
    const pkg = aPackage({ finalizeRequested: true });

    it('makes it due with the last file', () => {
      const facts = ingestFile(aView({ package: pkg, file: aFile(), counts: { ingested: 3 } }), finding(), { now });
      expect(typesOf(facts)).toEqual(['v1.file.ingested', 'v1.package.finalization_due']);
      expect(facts[1]?.payload).toEqual({ due_at: now });
    });

    it('waits for other files', () => {
      const facts = ingestFile(aView({ package: pkg, file: aFile(), counts: { received: 2 } }), finding(), { now });
      expect(typesOf(facts)).toEqual(['v1.file.ingested']);
    });

    it('waits for the owner to deal with a refused file', () => {
      const facts = ingestFile(aView({ package: pkg, file: aFile(), counts: { refused: 1 } }), finding(), { now });
      expect(typesOf(facts)).toEqual(['v1.file.ingested']);
    });

    it('never becomes due by refusing the last file', () => {
      const outcome = { refusal: new Refusal('archive_corrupt', 'The archive ends early.') };
      const facts = ingestFile(aView({ package: pkg, file: aFile() }), finding({ outcome }), { now });
      expect(typesOf(facts)).toEqual(['v1.file.refused']);
    });
  });
});
