// A process that sweeps in small chunks and says so before each, to be killed anywhere: sweeper.mjs <database URL> <chunk>
import { Postgres } from '@muniment/postgres';

const [, , url, limit] = process.argv;
const postgres = new Postgres({ MUNIMENT_DATABASE_URL: url, MUNIMENT_DATABASE_POOL: 2 });
const attribution = { actor: 'service:retention', time: '2027-01-01T00:00:00.000Z' };
for (let from = null; ; ) {
  process.stdout.write('chunk\n');
  const { next } = await postgres.sweeps.markDue({ asOf: attribution.time, from, limit: Number(limit) }, attribution);
  if (next === null) break;
  from = next;
}
await postgres.close();
