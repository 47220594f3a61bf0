/** The `code` of an error (`ENOENT`, `NoSuchKey`, ...), or null for an error without one. Structural: errors of Node and of the S3 client need not share our Error. */
export function systemCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
