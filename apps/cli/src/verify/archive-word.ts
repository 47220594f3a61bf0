/** What believing an archive's answers rests on, by how they came. */
export function archiveWord(url: string): string {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return `the word of the archive ${hostname} over TLS`;
  if (/^(?:localhost|127\..*|\[::1\])$/.test(hostname)) return 'the word of the archive on this machine';
  return `the word of the archive ${hostname}, without TLS`;
}
