import { ParseError, parseTOML, type AST } from 'toml-eslint-parser';
import { PolicyError } from './policy-error.js';

/** One key of a TOML text with its whole path and where it stands. `value` is `null` for a table. */
export interface TomlEntry {
  readonly path: readonly string[];
  readonly line: number;
  readonly column: number;
  readonly value: AST.TOMLContentNode | null;
}

/**
 * Every table and key of a TOML 1.0 text in the order of the text, however they are spelled: tables, inline tables, dotted keys. Throws `PolicyError`
 * for what is no TOML; duplicate keys are none. Positions of keys are why this parser was taken: others know them for syntax errors only.
 */
export function tomlEntries(text: string): readonly TomlEntry[] {
  const [root] = parsed(text).body;
  return root.body.flatMap((node) => (node.type === 'TOMLTable' ? tableEntries(node) : keyEntries(node, [])));
}

function parsed(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new PolicyError([{ line: error.lineNumber, column: error.column + 1, key: null, text: error.message }]);
  }
}

function tableEntries({ resolvedKey, key, body }: AST.TOMLTable): readonly TomlEntry[] {
  const path = resolvedKey.map(String);
  return [at(key, path, null), ...body.flatMap((node) => keyEntries(node, path))];
}

function keyEntries({ key, value }: AST.TOMLKeyValue, parent: readonly string[]): readonly TomlEntry[] {
  const path = [...parent, ...key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))];
  if (value.type !== 'TOMLInlineTable') return [at(key, path, value)];
  return [at(key, path, null), ...value.body.flatMap((node) => keyEntries(node, path))];
}

function at({ loc }: AST.TOMLKey, path: readonly string[], value: TomlEntry['value']): TomlEntry {
  return { path, line: loc.start.line, column: loc.start.column + 1, value };
}
