import { Refusal, type PlainValue } from '@muniment/domain';
import { encodeJcs, parseStrictJson } from '@muniment/formats';
import { packMediaType } from './layout.js';

export interface PackMember {
  readonly path: string;
  readonly size: number;
  /** Bare hexadecimal. */
  readonly sha256: string;
}

/** `index.json`: what is in the pack. It is a table of contents; nobody signed it. */
export interface PackIndex {
  readonly packageId: string;
  /** `sha256:<hex>`. */
  readonly manifestDigest: string;
  /** `digests`: of the files only the `.meta` records are in it. */
  readonly content: 'files' | 'digests';
  /** All but `index.json` itself, ordered by path. */
  readonly members: readonly PackMember[];
}

export class PackError extends Error {
  override readonly name = 'PackError';
}

export function writePackIndex({ packageId, manifestDigest, content, members }: PackIndex): Uint8Array {
  const listed = members.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
  const index = { media_type: packMediaType, package_id: packageId, manifest_digest: manifestDigest, content, members: listed };
  return Buffer.from(`${encodeJcs(index)}\n`);
}

/** Throws {@link PackError} for what is no index of this version. */
export function parsePackIndex(bytes: Uint8Array): PackIndex {
  const { media_type, package_id, manifest_digest, content, members } = fields(json(bytes));
  if (media_type !== packMediaType) throw new PackError(`index.json is not of ${packMediaType}`);
  if (typeof package_id !== 'string' || typeof manifest_digest !== 'string') throw new PackError('index.json does not name its package');
  if (content !== 'files' && content !== 'digests') throw new PackError('index.json does not say what the pack holds');
  if (!Array.isArray(members)) throw new PackError('index.json lists no members');
  return { packageId: package_id, manifestDigest: manifest_digest, content, members: (members as readonly PlainValue[]).map(memberOf) };
}

function memberOf(value: PlainValue): PackMember {
  const { path, size, sha256 } = fields(value);
  if (typeof path !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw new PackError('index.json lists something that is no member');
  return { path, size, sha256 };
}

function json(bytes: Uint8Array): PlainValue {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new PackError(`index.json is not readable: ${error instanceof Refusal ? error.message : 'not UTF-8'}`);
  }
}

function fields(value: PlainValue): Readonly<Record<string, PlainValue>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw new PackError('index.json has something else where an object belongs');
  return value as Readonly<Record<string, PlainValue>>;
}
