/** What LIKE makes of the repository patterns a reader is confined to; null when all may be seen. `_` and `%` in names mean themselves. */
export function repositoryPatterns(repositories: readonly string[]): readonly string[] | null {
  if (repositories.includes('*')) return null;
  return repositories.map((pattern) => pattern.replace(/[\\%_]/g, '\\$&').replace(/\/\*$/, '/%'));
}
