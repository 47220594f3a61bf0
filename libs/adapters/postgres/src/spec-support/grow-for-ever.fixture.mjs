import { Postgres } from '../../dist/postgres.js';

// Grows the tree by small steps until it is killed, and writes a dot for each.
const { GROW_DATABASE_URL, GROW_LIMIT } = process.env;
const postgres = new Postgres({ MUNIMENT_DATABASE_URL: GROW_DATABASE_URL, MUNIMENT_DATABASE_POOL: 2 });
while ((await postgres.tree.grow(Number(GROW_LIMIT)))?.added !== 0) process.stdout.write('.');
process.stdout.write('.'.repeat(1000));
setInterval(() => undefined, 1000);
