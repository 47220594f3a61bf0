/** A process that sequences until it is killed. Argument: database URL of a service. */
import { setTimeout as pause } from 'node:timers/promises';
import { Postgres } from '@muniment/postgres';

const postgres = new Postgres({ MUNIMENT_DATABASE_URL: process.argv[2], MUNIMENT_DATABASE_POOL: 2 });
for (;;) {
  // its connection is killed now and then, at any statement
  await postgres.sequencer.pass().catch(() => undefined);
  await pause(Math.random() * 5);
}
