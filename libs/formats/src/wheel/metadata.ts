import { Refusal } from '@muniment/domain';
import { normalizeProjectName } from './project-name.js';
import { canonicalVersion } from './project-version.js';
import type { WheelName } from './wheel-name.js';

/** The headers of core metadata that the archive reads; values as written. */
export interface CoreMetadata {
  readonly name: string;
  readonly version: string;
  readonly requiresPython: string | null;
  readonly requiresDist: readonly string[];
}

function malformed(why: string): Refusal {
  return new Refusal('wheel_malformed', `The METADATA file of the wheel ${why}. Build the wheel again.`);
}

/** Reads METADATA (PyPA core metadata: e-mail headers in UTF-8, body ignored). Refuses (`wheel_malformed`) what no installer could use. Bound its length before. */
export function parseMetadata(bytes: Uint8Array): CoreMetadata {
  const headers = readHeaders(bytes);
  const single = (key: string): string | null => {
    const values = headers.get(key) ?? [];
    if (values.length > 1) throw malformed(`has the header "${key}" ${values.length} times`);
    return values[0] ?? null;
  };
  const name = single('name');
  const version = single('version');
  if (name === null || name === '' || version === null || version === '') throw malformed('lacks Name or Version');
  return { name, version, requiresPython: single('requires-python'), requiresDist: headers.get('requires-dist') ?? [] };
}

const header = /^([A-Za-z0-9][A-Za-z0-9-]*):[ \t]*(.*)$/s;

function readHeaders(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const raw of decodeText(bytes).split('\n')) {
    const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (text.trim() === '') break;
    if (/^[ \t]/.test(text)) {
      const value = last?.pop();
      if (last === undefined || value === undefined) throw malformed('begins with a continuation line');
      last.push(`${value} ${text.trim()}`);
      continue;
    }
    const [, key, value] = header.exec(text) ?? [];
    if (key === undefined || value === undefined) throw malformed('has a line that is not a header');
    last = headers.get(key.toLowerCase()) ?? [];
    last.push(value.trim());
    headers.set(key.toLowerCase(), last);
  }
  return headers;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('is not valid UTF-8');
  }
}

/** Refuses (`wheel_malformed`) METADATA of another project or version than the file name says; spellings that normalize alike agree. */
export function assertMetadataAgrees(metadata: CoreMetadata, fileName: WheelName): void {
  if (normalizeProjectName(metadata.name) !== normalizeProjectName(fileName.name)) {
    throw malformed(`says Name "${metadata.name.slice(0, 100)}", the file name says "${fileName.name}"`);
  }
  const declared = canonicalVersion(metadata.version);
  if (declared === null || declared !== canonicalVersion(fileName.version.replaceAll('_', '-'))) {
    throw malformed(`says Version "${metadata.version.slice(0, 100)}", the file name says "${fileName.version}"`);
  }
}
