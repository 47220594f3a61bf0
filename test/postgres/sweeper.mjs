// A process that sweeps in small chunks and says so after each, to be killed anywhere: sweeper.mjs <database URL> <chunk>
import { Postgres } from '@muniment/postgres';

const [, , url, limit] = process.argv;
const postgres = new Postgres({ MUNIMENT_DATABASE_URL: url, MUNIMENT_DATABASE_POOL: 2 });
const attribution = { actor: 'service:retention', time: '2027-01-01T00:00:00.000Z' };
for await (const marked of postgres.sweeps.mark({ asOf: attribution.time, chunkSize: Number(limit) }, attribution)) {
  process.stdout.write(`${marked.length}\n`);
}
await postgres.close();
