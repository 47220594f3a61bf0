import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { identify } from '@muniment/formats';
import pg from 'pg';

/**
 * The least that an archive of small files can do on node:http and Postgres, to know what its gateway's rules cost and what no gateway of this kind
 * can beat: both digests, the bytes synced (one write and one sync for all that wait), a row for the event and one for the view committed (one
 * statement for all that wait). No framework, token, rule, telemetry or job. Arguments: a directory and the URL of a database.
 */
const [directory, url] = process.argv.slice(2);
if (directory === undefined || url === undefined) throw new Error('usage: bare-archive DIRECTORY DATABASE_URL');

interface Waiting {
  readonly bytes: Buffer;
  readonly path: string;
  readonly response: ServerResponse;
}

const pool = new pg.Pool({ connectionString: url, max: 4 });
await pool.query(
  `create table if not exists bare_events (id bigint generated always as identity primary key, subject uuid, payload jsonb, digest text)`,
);
await pool.query('create table if not exists bare_files (path text primary key, sha256 text, blake3 text, size int)');
const file = await open(path.join(directory, randomUUID()), 'wx');
let waiting: Waiting[] = [];
/** Two groups at a time: one may be synced while the database commits the other. */
let free = 2;

async function archive(group: readonly Waiting[]): Promise<void> {
  const rows = group.map(({ bytes, path: name }) => ({ path: name, ...identify(bytes) }));
  await file.writev(group.map(({ bytes }) => bytes));
  await file.datasync();
  await pool.query({
    name: 'archive',
    text: `with given as (select * from jsonb_to_recordset($1::jsonb) as g(path text, sha256 text, blake3 text, size int)),
             seen as (insert into bare_files select path, sha256, blake3, size from given)
           insert into bare_events (subject, payload, digest) select gen_random_uuid(), to_jsonb(given), sha256 from given`,
    values: [JSON.stringify(rows)],
  });
  for (const [at, { response }] of group.entries()) {
    const body = JSON.stringify(rows[at]);
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  }
}

function next(): void {
  if (free === 0 || waiting.length === 0) return;
  const group = waiting;
  waiting = [];
  free--;
  void archive(group).finally(() => {
    free++;
    next();
  });
}

function take(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.once('end', () => {
    waiting.push({ bytes: Buffer.concat(parts), path: request.url ?? '', response });
    setImmediate(next);
  });
}

const server = createServer(take);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
process.once('disconnect', () => process.exit(0));
