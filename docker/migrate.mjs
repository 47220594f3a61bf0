// Applies the committed migrations and ends. Safe to run any number of times, also at the same time.
import { migrate } from '@muniment/postgres';

const url = process.env.MUNIMENT_DATABASE_URL;
if (url === undefined || url === '') throw new Error('MUNIMENT_DATABASE_URL is required: the owner of the database');
const applied = await migrate(url);
process.stdout.write(applied.length === 0 ? 'nothing to apply\n' : `applied: ${applied.join(', ')}\n`);
