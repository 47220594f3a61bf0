import { parseBlake3, parseSha256 } from '../digest.js';
import type { Instant } from '../instant.js';
import { instantOf } from '../instant.js';
import type { ArchiveMember } from '../inspection/inspection.js';
import type { MetaDeclaration } from '../package/events.js';
import { openedPackageState, type FileCounts, type FileState, type FileView, type PackageState } from '../package/state.js';

/** Given states for the specs of the deciders; each spec names only what matters to it. */
export const now: Instant = instantOf(new Date('2026-03-01T12:00:00.000Z'));
export const shaA = parseSha256('aa'.repeat(32));
export const shaB = parseSha256('bb'.repeat(32));
export const blakeA = parseBlake3('a3'.repeat(32));
export const blakeB = parseBlake3('b3'.repeat(32));

export function aPackage(change: Partial<PackageState> = {}): PackageState {
  const description = {
    package_id: '01957a3e-7000-7000-8000-0000000000a1',
    repository: 'acme/widgets',
    name: 'wheelhouse',
    kind: null,
    version: null,
    producer: 'ci',
    subject: null,
    run: null,
    metadata: {},
    created_at: now,
  };
  return { ...openedPackageState(description, 2), ...change };
}

/** A received file of bytes A. */
export function aFile(change: Partial<FileState> = {}): FileState {
  return {
    fileId: 'file-1',
    path: 'report.json',
    phase: 'received',
    size: 10,
    sha256: shaA,
    blake3: blakeA,
    mediaType: 'application/json',
    stagingKey: 'staging/file-1',
    origin: 'upload',
    declares: null,
    format: 'opaque',
    memberCount: 0,
    members: null,
    wheel: null,
    refusal: null,
    backend: null,
    verifiedAt: null,
    ...change,
  };
}

export function anIngestedFile(change: Partial<FileState> = {}): FileState {
  return aFile({ phase: 'ingested', stagingKey: null, backend: 'memory', verifiedAt: now, ...change });
}

export function aRefusedFile(change: Partial<FileState> = {}): FileState {
  return aFile({ phase: 'refused', stagingKey: null, refusal: { code: 'archive_corrupt', detail: 'The archive ends early.' }, ...change });
}

/** What a decision about `file` sees; counts follow from the files unless given. */
export function aView(change: Partial<Omit<FileView, 'counts'>> & { readonly counts?: Partial<FileCounts> } = {}): FileView {
  const { file = null, counterpart = null, inTheWay = null } = change;
  const counts: Record<string, number> = { received: 0, ingested: 0, refused: 0 };
  for (const seen of [file, counterpart]) if (seen) counts[seen.phase] = (counts[seen.phase] ?? 0) + 1;
  return {
    package: change.package ?? aPackage(),
    file,
    counterpart,
    inTheWay,
    counts: { received: 0, ingested: 0, refused: 0, ...counts, ...change.counts },
  };
}

export function declaring(change: Partial<MetaDeclaration> = {}): MetaDeclaration {
  return { name: null, sha256: null, blake3: null, size: null, wheels: null, ...change };
}

/** A member of a wheelhouse: a wheel when its name says so. */
export function aMember(path: string): ArchiveMember {
  const name = path.slice(path.lastIndexOf('/') + 1).split('-')[0] ?? '';
  const facts = {
    name,
    version: '1.0',
    build: null,
    tags: ['py3-none-any'],
    requires_python: null,
    requires_dist: [],
    metadata_sha256: shaB,
  };
  return { path, size: 1, sha256: shaB, blake3: blakeB, wheel: path.endsWith('.whl') ? facts : null };
}
