/** OWNER/NAME of a project path. Nested groups become one owner joined by dots: `group/sub/app` -> `group.sub/app`. */
export function repositoryOf(projectPath: string): string {
  const segments = projectPath.split('/').filter((s) => s !== '');
  const name = segments.pop() ?? 'unknown';
  return `${segments.length === 0 ? 'local' : segments.map(nameSafe).join('.')}/${nameSafe(name)}`;
}

/** OWNER/NAME of a remote's address in any of git's spellings; null when it has no path. */
export function repositoryOfRemote(remote: string): string | null {
  const scp = /^[^/]+@[^/:]+:(.+)$/.exec(remote)?.[1];
  const path = scp ?? (URL.canParse(remote) ? new URL(remote).pathname : null);
  if (path === null) return null;
  const clean = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/^\/+/, '');
  return clean.includes('/') ? repositoryOf(clean) : null;
}

/** Only characters that repository names may have; others become dashes. */
export function nameSafe(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return safe === '' ? 'unnamed' : safe;
}
