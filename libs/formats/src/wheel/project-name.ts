/** The one spelling under which package indexes compare project names (PyPA name normalization, PEP 503). */
export function normalizeProjectName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** What a project may be called (PyPA core metadata, Name). */
export function isProjectName(name: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name);
}
