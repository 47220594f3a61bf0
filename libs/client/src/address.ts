/** Percent-encodes a file path segment by segment, so that the slashes stay separators. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** `?a=1&b=2&b=3` of the entries that have a value, a list once for each of its own; empty text when none has. */
export function queryOf(entries: Readonly<Record<string, string | number | readonly string[] | undefined>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(entries))
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) query.append(key, String(each));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
