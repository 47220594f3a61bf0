import { describe, expect, it } from '@jest/globals';
import { defaultRetentionClasses, type RetentionClass } from '@muniment/domain';
import type { Postgres } from '../postgres.js';
import { usePostgres } from '../spec-support/use-postgres.js';

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

async function table(): Promise<readonly RetentionClass[]> {
  const { rows } = await postgres.database.pool.query<{ name: string; seconds: string | null }>(
    'select name, default_duration_seconds as seconds from retention_classes',
  );
  return rows.map(({ name, seconds }) => ({ name, durationSeconds: seconds === null ? null : Number(seconds) }));
}
const inAnyOrder = (classes: readonly RetentionClass[]) => expect.arrayContaining([...classes]);

describe('the table of retention classes', () => {
  it('begins with the shipped ones', async () => {
    expect(await table()).toEqual(inAnyOrder(defaultRetentionClasses));
    expect(await table()).toHaveLength(defaultRetentionClasses.length);
  });

  it('follows the policy, whoever writes it at the same time', async () => {
    const policy = [
      ...defaultRetentionClasses.slice(1),
      { name: 'transient', durationSeconds: 60 },
      { name: 'nightly', durationSeconds: 90 },
    ];
    await Promise.all(Array.from({ length: 8 }, () => postgres.retentionClasses.write(policy)));
    expect(await table()).toEqual(inAnyOrder(policy));
    expect(await table()).toHaveLength(policy.length);
    await postgres.retentionClasses.write(defaultRetentionClasses);
    expect(await table()).toEqual(inAnyOrder(defaultRetentionClasses));
    expect(await table()).toHaveLength(defaultRetentionClasses.length);
  });
});
