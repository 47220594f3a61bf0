import { Refusal, type InspectionLimits } from '@muniment/domain';

/** Where a member says it goes. `path` has no `.` or empty segments and no trailing slash; it is empty for the archive's own root. */
export interface MemberPath {
  readonly path: string;
  readonly directory: boolean;
}

const control = /[\u0000-\u001f\u007f]/;

/**
 * Reads a member's name. Refuses what is too long or too deep (`archive_name_too_long`), not clean UTF-8 text (`archive_name_invalid`),
 * or could lead outside the directory it is unpacked into on any system (`archive_path_unsafe`).
 */
export function readMemberPath(raw: Uint8Array, limits: InspectionLimits): MemberPath {
  assertNameLength(raw.byteLength, limits);
  const name = decodeName(raw);
  if (name === '' || control.test(name)) {
    throw new Refusal('archive_name_invalid', 'A member of the archive has an empty name or one with control characters.');
  }
  const segments = name.split('/');
  const unsafe = name.startsWith('/') || name.includes('\\') || /^[A-Za-z]:/.test(name) || segments.includes('..');
  if (unsafe) {
    throw new Refusal('archive_path_unsafe', `The member "${name.slice(0, 200)}" would be unpacked outside its directory.`, {
      member: name.slice(0, 200),
    });
  }
  const kept = segments.filter((s) => s !== '' && s !== '.');
  if (kept.length > limits.maxDepth) {
    throw new Refusal('archive_name_too_long', `A member of the archive lies deeper than ${limits.maxDepth} directories.`);
  }
  return { path: kept.join('/'), directory: name.endsWith('/') || kept.length === 0 };
}

/** Refuses (`archive_name_too_long`) by length alone, before a name is read into memory. */
export function assertNameLength(bytes: number, limits: InspectionLimits): void {
  if (bytes <= limits.maxNameBytes) return;
  throw new Refusal('archive_name_too_long', `A member of the archive has a name longer than ${limits.maxNameBytes} bytes.`);
}

function decodeName(raw: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new Refusal('archive_name_invalid', 'A member of the archive has a name that is not valid UTF-8.');
  }
}
