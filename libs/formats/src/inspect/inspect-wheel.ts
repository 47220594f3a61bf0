import { Refusal, type InspectionLimits, type WheelFacts } from '@muniment/domain';
import type { ByteSource } from '../archive/byte-source.js';
import { readZipEntry } from '../archive/zip-content.js';
import { readZipDirectory } from '../archive/zip-directory.js';
import { locateEntries, type LocatedEntry } from '../archive/zip-entries.js';
import { sha256Hex } from '../digest/dual-digest.js';
import { assertMetadataAgrees, parseMetadata } from '../wheel/metadata.js';
import { normalizeProjectName } from '../wheel/project-name.js';
import { canonicalVersion } from '../wheel/project-version.js';
import { parseWheelName, type WheelName } from '../wheel/wheel-name.js';

/** The entries of a zip, proved consistent: directory, local headers, no shared bytes. */
export function readZipEntries(source: ByteSource, limits: InspectionLimits): readonly LocatedEntry[] {
  return locateEntries(source, readZipDirectory(source, limits));
}

/** What a wheel says about itself by name and METADATA. Reads only the directory and METADATA. */
export function inspectWheel(source: ByteSource, fileName: string, limits: InspectionLimits): WheelFacts {
  return wheelFacts(source, readZipEntries(source, limits), fileName, limits);
}

/** {@link inspectWheel} for entries already read. Refuses (`wheel_malformed`) a wheel whose parts disagree. */
export function wheelFacts(source: ByteSource, entries: readonly LocatedEntry[], fileName: string, limits: InspectionLimits): WheelFacts {
  const wheel = parseWheelName(fileName);
  const bytes = readZipEntry(source, metadataEntry(entries, wheel), limits.maxMetadataBytes);
  const metadata = parseMetadata(bytes);
  assertMetadataAgrees(metadata, wheel);
  return {
    name: metadata.name,
    version: metadata.version,
    build: wheel.build,
    tags: wheel.tags,
    requires_python: metadata.requiresPython,
    requires_dist: metadata.requiresDist,
    metadata_sha256: sha256Hex(bytes),
  };
}

/** Exactly one `.dist-info` directory, and it must be this wheel's: installers pick it by name. */
function metadataEntry(entries: readonly LocatedEntry[], wheel: WheelName): LocatedEntry {
  const found = entries.filter((e) => !e.directory && /^[^/]+\.dist-info\/METADATA$/.test(e.path));
  const [entry] = found;
  if (entry === undefined || found.length > 1) {
    throw new Refusal('wheel_malformed', `The wheel has ${found.length} .dist-info/METADATA files; it must have one. Build it again.`);
  }
  const [name, version] = entry.path.slice(0, entry.path.indexOf('.dist-info/')).split('-');
  const same =
    normalizeProjectName(name ?? '') === normalizeProjectName(wheel.name) &&
    canonicalVersion((version ?? '').replaceAll('_', '-')) === canonicalVersion(wheel.version.replaceAll('_', '-'));
  if (same) return entry;
  throw new Refusal('wheel_malformed', `The directory of ${entry.path} belongs to another wheel than the file name says.`);
}
