import pg from 'pg';
import { startArchive } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { fillPackages, filledUntil } from './many-packages.js';
import { report } from './paired-runs.js';

/** What readers ask a full archive for, over HTTP, one after the other: the first page, a page in the middle, pages of a repository and of a state, a history. */
const packages = Number(process.env['MUNIMENT_BENCH_PACKAGES'] ?? 1_000_000);
const repetitions = 41;
/** A gateway that has just started compiles what it runs first. */
const warming = 40;
const databaseSettings = { shared_buffers: '1GB', max_wal_size: '16GB', checkpoint_timeout: '1h' };

const archive = await startArchive({ services: ['gateway'], databaseSettings });
const api = new Caller(archive.url, archive.token);

interface Place {
  readonly id: string;
  /** Cursor of the page that begins after it. */
  readonly after: string;
}

async function middle(): Promise<Place> {
  const at = new Date(filledUntil - (packages / 2) * 1000);
  const client = new pg.Client({ connectionString: archive.ownerUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id from packages where created_at = $1', [at]);
  await client.end();
  const id = rows[0]?.id ?? '';
  return { id, after: Buffer.from(`${at.toISOString()} ${id}`).toString('base64url') };
}

async function times(path: string): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let n = 0; n < repetitions; n++) {
    const start = performance.now();
    const answer = await api.get(path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    taken.push(performance.now() - start);
  }
  return taken;
}

try {
  await fillPackages(archive.ownerUrl, packages);
  const { id, after } = await middle();
  const paths = {
    'newest page': '/packages?limit=50',
    'page in the middle': `/packages?limit=50&after=${after}`,
    'page of a repository': '/packages?limit=50&repository=org/repo-7',
    'page of a state that most have': '/packages?limit=50&state=finalized',
    'page of a state that none has': '/packages?limit=50&state=garbage_collected',
    'one package': `/packages/${id}`,
    'history of one package': `/packages/${id}/retention/history`,
  };
  for (const [name, path] of Object.entries(paths)) {
    for (let n = 0; n < warming; n++) await api.get(path);
    report(`${name}, ${packages} packages`, await times(path), { max: 10 }, 'ms', 'over HTTP, median');
  }
} finally {
  await archive.stop();
}
