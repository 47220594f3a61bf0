/** Variables of the process that this program was started with. CI systems set variables empty for facts they do not have. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function filled(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** The first variable that says something. */
export function firstOf(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find(filled);
}

/** `{[key]: text}`, or nothing when the text is empty or absent. */
export function optional<K extends string>(key: K, text: string | undefined): { [P in K]?: string } {
  const entry: { [P in K]?: string } = {};
  if (filled(text)) entry[key] = text;
  return entry;
}
