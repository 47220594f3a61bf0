import type { PackageFilter } from '@muniment/application';
import { repositoryPatterns } from './repository-patterns.js';

/** A statement for pg. Unnamed on purpose: which index is best depends on the values, so each is planned with its own. */
export interface PackageQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Finds the ids of a page of packages, newest first. Every filter has an index that gives this order or few rows. */
export function findPackages(filter: PackageFilter): PackageQuery {
  const { repository, name, producer, subject, run, retentionClass, phase, validation, metadata, repositories, before, limit } = filter;
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: (place: string) => string, value: unknown): void => {
    if (value === undefined || value === null) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const columns = { repository, name, producer, subject, run_id: run, retention_class: retentionClass, phase, validation };
  for (const [column, value] of Object.entries(columns)) where((place) => `${column} = ${place}`, value);
  // Containment is what the index over metadata answers; to compare single keys would read every package.
  const wanted = Object.keys(metadata ?? {}).length === 0 ? undefined : JSON.stringify(metadata);
  where((place) => `metadata @> ${place}::jsonb`, wanted);
  where((place) => `repository like any(${place}::text[])`, repositoryPatterns(repositories));
  where((place) => `created_at <= ${place}::timestamptz`, before?.createdAt);
  // The condition before repeats what this one says: with it the page begins in the index where the last one ended, however deep that is.
  if (before) where((place) => `(created_at, id) < ($${values.length - 1}::timestamptz, ${place}::uuid)`, before.id);
  values.push(limit);
  const conditioned = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return { text: `select id from packages ${conditioned} order by created_at desc, id desc limit $${values.length}`, values };
}
