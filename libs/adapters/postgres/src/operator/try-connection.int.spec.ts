import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startScratchServer, type ScratchServer } from '../spec-support/scratch-server.js';
import { tryConnection } from './try-connection.js';

let server: ScratchServer;
let url: string;
beforeAll(async () => {
  server = await startScratchServer();
  url = (await server.migrated()).ownerUrl;
}, 60_000);
afterAll(() => server.stop());

function changed(change: (parts: URL) => void): string {
  const parts = new URL(url);
  change(parts);
  return parts.href;
}

describe('a connection that is tried', () => {
  it('works with the right URL', async () => {
    expect(await tryConnection(url)).toBeNull();
  });

  it('is refused with another password, and to a database that is not there', async () => {
    const password = await tryConnection(changed((parts) => (parts.password = 'not-the-secret')));
    expect(password).toEqual({ kind: 'refused', why: 'password authentication failed for user "postgres"' });
    const database = await tryConnection(changed((parts) => (parts.pathname = '/nosuch')));
    expect(database).toEqual({ kind: 'refused', why: 'database "nosuch" does not exist' });
  });

  it('reaches nobody where nobody listens', async () => {
    expect(await tryConnection(changed((parts) => (parts.port = '1')))).toEqual({
      kind: 'unreachable',
      why: 'connect ECONNREFUSED 127.0.0.1:1',
    });
  });
});
