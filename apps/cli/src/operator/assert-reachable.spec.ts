import { createServer, type Server } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Scratch } from '../spec-support/scratch.js';

const secret = 'hunter2secret';
let scratch: Scratch;
const servers: Server[] = [];
beforeEach(async () => {
  scratch = await Scratch.make();
  await mkdir(scratch.path('.muniment', 'objects'), { recursive: true });
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await scratch.remove();
});

/** Answers every login with this error of Postgres' protocol. */
async function refusingServer(sqlState: string, message: string): Promise<number> {
  const fields = Buffer.from(`SFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeUInt32BE(fields.length + 4, 1);
  const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.concat([head, fields]))));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

const verbs = [
  ['log', 'check'],
  ['log', 'rebuild-views', '--verify'],
  ['database', 'prepare'],
  ['storage', 'verify'],
  ['storage', 'adopt'],
  ['token', 'create', '--name', 'x'],
];

async function failure(verb: readonly string[], url: string): Promise<unknown> {
  const ran = await scratch.run([...verb, '--database-url', url, '--json']);
  expect(`${ran.out}${ran.err}`).not.toContain(secret);
  expect(ran.json()).toMatchObject({ error: { exit_code: ran.code } });
  return ran.json();
}

describe('a database that cannot be reached', () => {
  it.each(verbs.map((verb) => [verb]))('ends %j with 10, and says what to do', async (verb) => {
    expect(await failure(verb, `postgres://u:${secret}@127.0.0.1:1/muniment`)).toMatchObject({
      error: {
        code: 'connection',
        exit_code: 10,
        detail: expect.stringMatching(/^No database answers at 127\.0\.0\.1:1: connect ECONNREFUSED .* name another with --database-url /),
        facts: { host: '127.0.0.1:1', database: 'muniment' },
      },
    });
  });

  it('is one that has no room for another connection, too', async () => {
    const port = await refusingServer('53300', 'sorry, too many clients already');
    const told = await failure(['log', 'check'], `postgres://u:${secret}@127.0.0.1:${port}/muniment`);
    expect(told).toMatchObject({ error: { code: 'connection', exit_code: 10 } });
  });
});

describe('a database URL that is wrong', () => {
  it.each([
    ['28P01', 'password authentication failed for user "u"'],
    ['3D000', 'database "muniment" does not exist'],
  ])('is the mistake of who gave it: %s', async (sqlState, message) => {
    const port = await refusingServer(sqlState, message);
    expect(await failure(['log', 'check'], `postgres://u:${secret}@127.0.0.1:${port}/muniment`)).toMatchObject({
      error: { code: 'usage', exit_code: 2, detail: expect.stringContaining(`refuses: ${message}. Correct user, password or database`) },
    });
  });

  it.each([
    `nonsense-${secret}`,
    `mysql://u:${secret}@127.0.0.1:1/db`,
    `postgres://${secret}#1@127.0.0.1:1/db`,
    `postgres://${secret}/1@127.0.0.1:1/db`,
    `postgres://u:1?${secret}@127.0.0.1:1/db`,
  ])('is not told, as it may hold a password: %s', async (url) => {
    const told = { code: 'usage', exit_code: 2, detail: expect.stringContaining('Write it like postgres://') };
    expect(await failure(['log', 'check'], url)).toMatchObject({ error: told });
  });

  it('may name a file that is not there', async () => {
    const url = `postgres://u:${secret}@127.0.0.1:1/db?sslrootcert=${scratch.path('nosuch.pem')}`;
    expect(await failure(['log', 'check'], url)).toMatchObject({
      error: { code: 'usage', exit_code: 2, detail: expect.stringMatching(/ENOENT.*nosuch\.pem/) },
    });
  });
});
