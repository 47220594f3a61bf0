import type { JobDeclaration, LaneName } from '@muniment/contracts';

/**
 * Compares the jobs declared for a service's lanes with the handlers it brings.
 * @param found name of every handler registered, once per registration
 * @throws Error listing every missing, duplicate and unknown handler
 */
export function checkHandlers(lanes: readonly LaneName[], jobs: readonly JobDeclaration[], found: readonly string[]): void {
  const wanted = jobs.filter((job) => lanes.includes(job.lane)).map((job) => job.name);
  const problems = [
    ...wanted.filter((name) => !found.includes(name)).map((name) => `no handler for job "${name}"`),
    ...[...new Set(found)]
      .filter((name) => found.indexOf(name) !== found.lastIndexOf(name))
      .map((name) => `two handlers for job "${name}"`),
    ...[...new Set(found)].filter((name) => !wanted.includes(name)).map((name) => unknown(name, jobs)),
  ];
  if (problems.length > 0) throw new Error(`handlers do not fit the lanes ${lanes.join(', ')}: ${problems.join('; ')}`);
}

function unknown(name: string, jobs: readonly JobDeclaration[]): string {
  const job = jobs.find((declared) => declared.name === name);
  if (job === undefined) return `handler for "${name}", which no declaration knows`;
  return `handler for job "${name}" of lane "${job.lane}", which this service does not serve`;
}
