import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aFile, aMember, anIngestedFile, aPackage, aRefusedFile, blakeA, blakeB, now, shaA, shaB } from '../spec-support/states.js';
import type { FileIngested, Manifest } from './events.js';
import { filesWithoutMeta, finalizePackage, manifestMediaType, type FinalizePackage } from './finalize-package.js';
import type { FileState } from './state.js';

const due = aPackage({ finalizeRequested: true, finalizationDue: true });
const command: FinalizePackage = { retention: { retentionClass: 'raw-evidence', expiresAt: now }, madeMetas: [] };
const madeMeta: FileIngested = {
  type: 'v1.file.ingested',
  payload: {
    file_id: 'made',
    path: 'wheelhouse-3.11.tgz.meta',
    size: 5,
    sha256: shaB,
    blake3: blakeB,
    media_type: 'text/plain; charset=utf-8',
    origin: 'archive',
    format: 'meta',
    member_count: 0,
    members: null,
    wheel: null,
    declares: null,
    backend: 'memory',
    verified_at: now,
  },
};

function manifestOf(files: readonly FileState[], change: Partial<FinalizePackage> = {}): Manifest {
  const fact = finalizePackage(due, files, { ...command, ...change }, { now }).at(-1);
  if (fact?.type !== 'v1.package.finalized') throw new Error('not finalized');
  return fact.payload;
}

describe('finalize a package', () => {
  it('makes the manifest of what the package is', () => {
    expect(manifestOf([anIngestedFile()])).toEqual({
      manifest_version: 1,
      media_type: manifestMediaType,
      package: due.description,
      files: [
        {
          path: 'report.json',
          media_type: 'application/json',
          digest: `sha256:${shaA}`,
          blake3: blakeA,
          size: 10,
          annotations: { 'org.opencontainers.image.title': 'report.json', 'io.muniment.format': 'opaque', 'io.muniment.origin': 'upload' },
          members: null,
          wheel: null,
        },
      ],
      storage_receipts: [{ digest: `sha256:${shaA}`, backend: 'memory', verified_at: now }],
      retention_summary: { retention_class: 'raw-evidence', expires_at: now },
      provenance: { finalized_at: now, meta_records: [] },
    });
  });

  it('records the .meta records it was given before the manifest that lists them', () => {
    const tarball = anIngestedFile({ path: 'wheelhouse-3.11.tgz', members: [aMember('a.whl')] });
    const facts = finalizePackage(due, [tarball], { ...command, madeMetas: [madeMeta] }, { now });
    expect(facts.map((fact) => fact.type)).toEqual(['v1.file.ingested', 'v1.package.finalized']);
    const manifest = manifestOf([tarball], { madeMetas: [madeMeta] });
    expect(manifest.files.map((file) => file.path)).toEqual(['wheelhouse-3.11.tgz', 'wheelhouse-3.11.tgz.meta']);
    expect(manifest.provenance.meta_records).toEqual(['wheelhouse-3.11.tgz.meta']);
    expect(manifest.files[1]?.annotations['io.muniment.origin']).toBe('archive');
  });

  it.each([
    ['not requested', aPackage()],
    ['requested but not due', aPackage({ finalizeRequested: true })],
    ['done', aPackage({ ...due, phase: 'finalized' })],
    ['collected', aPackage({ ...due, phase: 'garbage_collected' })],
  ])('does nothing when finalization is %s', (_, pkg) => {
    expect(finalizePackage(pkg, [anIngestedFile()], { ...command, madeMetas: [madeMeta] }, { now })).toEqual([]);
  });

  it.each([
    aFile(),
    aRefusedFile(),
    anIngestedFile({ backend: null }),
    anIngestedFile({ verifiedAt: null }),
    anIngestedFile({ blake3: null }),
  ])('never makes a manifest of a file that is not verified (case %#)', (file) => {
    expect(() => finalizePackage(due, [anIngestedFile({ path: 'a' }), file], command, { now })).toThrow(/finalization was due/);
  });

  it('gives the same manifest in whatever order the files came', () => {
    const path = fc.stringMatching(/^[a-zA-Z0-9é_.-]{1,12}(\/[a-z0-9]{1,4})?$/);
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), fc.func(fc.integer()), (paths, rank) => {
        const files = paths.map((p, n) => anIngestedFile({ path: p, fileId: `file-${n}`, size: n }));
        const shuffled = [...files].sort((a, b) => rank(a.path) - rank(b.path));
        const manifest = manifestOf(files);
        expect(manifestOf(shuffled)).toEqual(manifest);
        const listed = manifest.files.map((file) => file.path);
        expect(listed).toEqual([...listed].sort());
        expect(manifest.storage_receipts).toHaveLength(paths.length);
      }),
    );
  });
});

describe('files without a .meta record', () => {
  const wheelhouse = (path: string): FileState => anIngestedFile({ path, members: [aMember('a.whl')] });

  it('are the wheelhouses that none stands beside', () => {
    const files = [
      wheelhouse('wheelhouse-3.11.tgz'),
      wheelhouse('wheelhouse-3.12.tgz'),
      anIngestedFile({ path: 'wheelhouse-3.12.tgz.meta' }),
      anIngestedFile({ path: 'report.json' }),
      wheelhouse('deep/wheelhouse-3.11.tgz'),
    ];
    expect(filesWithoutMeta(files).map((file) => file.path)).toEqual(['wheelhouse-3.11.tgz', 'deep/wheelhouse-3.11.tgz']);
  });

  it('are none when every wheelhouse has its own', () => {
    expect(filesWithoutMeta([wheelhouse('w.tgz'), anIngestedFile({ path: 'w.tgz.meta' })])).toEqual([]);
    expect(filesWithoutMeta([])).toEqual([]);
  });
});
