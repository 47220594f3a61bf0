import { Refusal } from '@muniment/domain';
import { isProjectName } from './project-name.js';
import { canonicalVersion } from './project-version.js';

/** What the file name of a wheel says. `name` and `version` as written; `tags` expanded (`python-abi-platform`), sorted, without repeats. */
export interface WheelName {
  readonly name: string;
  readonly version: string;
  readonly build: string | null;
  readonly tags: readonly string[];
}

/** Compressed sets multiply: real wheels have at most a few dozen tags, a hostile name could have millions. */
const maxTags = 1024;
const tagSet = /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*$/;

function malformed(fileName: string, why: string): Refusal {
  const shown = fileName.slice(0, 200);
  return new Refusal('wheel_malformed', `"${shown}" is not a wheel file name: ${why} (PyPA binary distribution format).`, { file: shown });
}

/**
 * Reads `{distribution}-{version}(-{build})?-{python}-{abi}-{platform}.whl` (last path segment only). Compressed tag sets are unordered:
 * names that differ only in their order have equal tags. Refuses anything else (`wheel_malformed`).
 */
export function parseWheelName(path: string): WheelName {
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (!file.endsWith('.whl')) throw malformed(file, 'it does not end in .whl');
  const parts = file.slice(0, -'.whl'.length).split('-');
  const [name, version] = parts;
  const build = parts.length === 6 ? parts[2] : null;
  const [python, abi, platform] = parts.slice(-3);
  if (parts.length < 5 || parts.length > 6 || name === undefined || version === undefined || build === undefined) {
    throw malformed(file, 'it needs five or six parts joined by "-"');
  }
  if (!isProjectName(name)) throw malformed(file, 'the project name has a character that names may not have');
  // "-" cannot stand inside a part, so writers spell it "_" (a local version such as 1.0+cu_118)
  if (canonicalVersion(version.replaceAll('_', '-')) === null) throw malformed(file, 'the version is not a version');
  if (build !== null && !/^\d[A-Za-z0-9_.]*$/.test(build)) throw malformed(file, 'the build tag must begin with a digit');
  return { name, version, build, tags: expandTags(file, [python, abi, platform]) };
}

function expandTags(file: string, sets: readonly (string | undefined)[]): readonly string[] {
  let expanded: readonly string[] = [''];
  for (const set of sets) {
    if (set === undefined || !tagSet.test(set)) throw malformed(file, 'a compatibility tag is empty or has a forbidden character');
    const choices = [...new Set(set.toLowerCase().split('.'))];
    if (expanded.length * choices.length > maxTags) throw malformed(file, `it expands to more than ${maxTags} compatibility tags`);
    expanded = expanded.flatMap((prefix) => choices.map((choice) => (prefix === '' ? choice : `${prefix}-${choice}`)));
  }
  return [...expanded].sort();
}
