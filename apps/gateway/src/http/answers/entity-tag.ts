/** True when `If-None-Match` names this entity tag; compared weakly, as RFC 9110 section 13.1.2 wants. */
export function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
}
