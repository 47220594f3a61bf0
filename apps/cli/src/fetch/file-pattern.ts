/** True when `path` fits a shell-like pattern: `*` and `?` stay inside a segment, `**` crosses; a pattern without slash fits base names. */
export function fitsPattern(path: string, pattern: string): boolean {
  const subject = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1);
  const source = pattern.replace(/\*\*|\*|\?|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '**') return '.*';
    if (found === '*') return '[^/]*';
    return found === '?' ? '[^/]' : `\\${found}`;
  });
  return new RegExp(`^${source}$`, 'su').test(subject);
}
