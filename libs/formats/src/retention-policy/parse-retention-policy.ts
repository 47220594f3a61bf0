import { defaultRetentionPolicy, maxDurationSeconds, type RetentionClass, type RetentionPolicy } from '@muniment/domain';
import { PolicyError, type PolicyProblem } from './policy-error.js';
import { tomlEntries, type TomlEntry } from './toml-entries.js';

const maxBytes = 64 * 1024;
const maxKeep = 1_000;
const className = /^[a-z][a-z0-9-]{0,62}$/;
/** The class that never ends, in every archive: a policy cannot make it shorter. */
const permanent = 'permanent-record';

/** What a file says, on its own. */
interface Said {
  /** Own and changed classes in the order of the file; `null` until a duration was found. */
  readonly durations: Map<string, number | null>;
  readonly classEntries: Map<string, TomlEntry>;
  readonly problems: PolicyProblem[];
  keep: number;
}

/**
 * The policy of a TOML file (docs/policy.md): the shipped classes with the durations of the file, then the file's own classes. Throws `PolicyError` with
 * every problem at once: a misspelled key that were ignored would delete what somebody meant to keep.
 */
export function parseRetentionPolicy(bytes: Uint8Array): RetentionPolicy {
  const said: Said = { durations: new Map(), classEntries: new Map(), problems: [], keep: defaultRetentionPolicy.curatedKeep };
  for (const entry of tomlEntries(decoded(bytes))) read(entry, said);
  for (const [name, entry] of said.classEntries) {
    if (name !== permanent && !said.durations.has(name)) complain(said, entry, 'lacks default_duration_seconds');
  }
  if (said.problems.length > 0) throw new PolicyError([...said.problems].sort((a, b) => a.line - b.line || a.column - b.column));
  return { classes: classesOf(said.durations), curatedKeep: said.keep };
}

function decoded(bytes: Uint8Array): string {
  const whole = (text: string): PolicyError => new PolicyError([{ line: 1, column: 1, key: null, text }]);
  if (bytes.byteLength > maxBytes) throw whole(`the file is larger than ${maxBytes} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw whole('the file is not UTF-8');
  }
}

function read(entry: TomlEntry, said: Said): void {
  const [section, name, field] = entry.path;
  if (section === 'classes' && entry.path.length <= 3) readClass(entry, name, field, said);
  else if (section === 'curated' && entry.path.length <= 2) readCurated(entry, name, said);
  else complain(said, entry, 'is no key of a retention policy; there are classes.<name>.default_duration_seconds and curated.keep');
}

function readClass(entry: TomlEntry, name: string | undefined, field: string | undefined, said: Said): void {
  if (name === undefined || field === undefined) {
    if (entry.value !== null) return complain(said, entry, 'must be a table');
    if (name !== undefined) meet(entry, name, said);
    return;
  }
  meet(entry, name, said);
  if (field !== 'default_duration_seconds') return complain(said, entry, 'is no key of a class; there is default_duration_seconds');
  said.durations.set(name, null);
  if (name === permanent) return complain(said, entry, `${permanent} never expires: it takes no duration`);
  const seconds = wholeNumber(entry, 1, maxDurationSeconds, said);
  if (seconds !== null) said.durations.set(name, seconds);
}

function meet(entry: TomlEntry, name: string, said: Said): void {
  if (said.classEntries.has(name)) return;
  said.classEntries.set(name, entry);
  if (!className.test(name))
    complain(said, entry, 'a class is named by a letter and up to 62 more letters, digits and dashes, all lower case');
}

function readCurated(entry: TomlEntry, field: string | undefined, said: Said): void {
  if (field === undefined) {
    if (entry.value !== null) complain(said, entry, 'must be a table');
    return;
  }
  if (field !== 'keep') return complain(said, entry, 'is no key of the curated set; there is keep');
  said.keep = wholeNumber(entry, 0, maxKeep, said) ?? said.keep;
}

function wholeNumber(entry: TomlEntry, min: number, max: number, said: Said): number | null {
  const { value } = entry;
  // As bigint: a number that a double cannot hold would else be rounded in silence.
  const number = value?.type === 'TOMLValue' && value.kind === 'integer' ? value.bigint : null;
  if (number !== null && number >= BigInt(min) && number <= BigInt(max)) return Number(number);
  complain(said, entry, `must be a whole number from ${min} to ${max}`);
  return null;
}

function complain({ problems }: Said, { path, line, column }: TomlEntry, text: string): void {
  problems.push({ line, column, key: path.join('.'), text });
}

function classesOf(durations: Said['durations']): readonly RetentionClass[] {
  const shipped = defaultRetentionPolicy.classes.map((known) => ({
    name: known.name,
    durationSeconds: durations.get(known.name) ?? known.durationSeconds,
  }));
  const own = [...durations].filter(([name]) => !shipped.some((known) => known.name === name));
  return [...shipped, ...own.map(([name, durationSeconds]) => ({ name, durationSeconds }))];
}
