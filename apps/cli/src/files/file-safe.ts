/** Text from outside as one part of a path: no separators pass, and nothing too long for a file system. */
export function fileSafe(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 200);
}
