const pre = '[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\\d*)';
const post = '(?:-(?<implicitPost>\\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\\d*))';
const dev = '[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\\d*)';
/** The grammar of PyPA version specifiers, appendix "parsing version strings". */
const grammar = new RegExp(
  `^v?(?:(?<epoch>\\d+)!)?(?<release>\\d+(?:\\.\\d+)*)(?:${pre})?(?:${post})?(?:${dev})?(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`,
);
const preNames: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', preview: 'rc', pre: 'rc', c: 'rc' };

const digits = (text: string | undefined): string => (text === undefined || text === '' ? '0' : text.replace(/^0+(?=\d)/, ''));

/**
 * One spelling per version (PyPA version specifiers, "normalization"), with trailing zero segments of the release removed so that equal
 * versions have equal text. Null when the text is no version.
 */
export function canonicalVersion(text: string): string | null {
  const g = grammar.exec(text.trim().toLowerCase())?.groups;
  if (!g) return null;
  const release = (g['release'] ?? '').split('.').map(digits);
  while (release.length > 1 && release.at(-1) === '0') release.pop();
  const epoch = digits(g['epoch']);
  let out = (epoch === '0' ? '' : `${epoch}!`) + release.join('.');
  if (g['pre'] !== undefined) out += (preNames[g['pre']] ?? g['pre']) + digits(g['preNumber']);
  if (g['implicitPost'] !== undefined) out += `.post${digits(g['implicitPost'])}`;
  if (g['post'] !== undefined) out += `.post${digits(g['postNumber'])}`;
  if (g['dev'] !== undefined) out += `.dev${digits(g['devNumber'])}`;
  if (g['local'] !== undefined) {
    const local = g['local'].split(/[-_.]/).map((part) => (/^\d+$/.test(part) ? digits(part) : part));
    out += `+${local.join('.')}`;
  }
  return out;
}
