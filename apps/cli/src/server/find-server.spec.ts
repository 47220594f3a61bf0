import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Scratch } from '../spec-support/scratch.js';
import { findDatabase, findServer } from './find-server.js';

let scratch: Scratch;
beforeEach(async () => {
  scratch = await Scratch.make();
  await mkdir(scratch.path('.muniment'));
  await writeFile(
    scratch.path('.muniment', 'endpoints.json'),
    JSON.stringify({ url: 'http://127.0.0.1:7180', database_url: 'postgres://x' }),
  );
  await writeFile(scratch.path('.muniment', 'admin-token'), 'embedded\n');
});
afterEach(() => scratch.remove());

const where = (env: Readonly<Record<string, string>> = {}) => ({ cwd: scratch.directory, env });
const named = { MUNIMENT_URL: 'https://archive.example', MUNIMENT_TOKEN: 'mine' };

describe('the server', () => {
  it('is the embedded one of the directory, with its admin token', async () => {
    expect(await findServer({}, where())).toEqual({ url: 'http://127.0.0.1:7180', token: 'embedded' });
    expect(await findServer({}, where({ MUNIMENT_TOKEN: 'mine' }))).toEqual({ url: 'http://127.0.0.1:7180', token: 'mine' });
  });

  it('is the one of the environment before that, and the one of the flags before all', async () => {
    expect(await findServer({}, where(named))).toEqual({ url: 'https://archive.example', token: 'mine' });
    const flags = { url: 'https://other.example', token: 'flag' };
    expect(await findServer(flags, where(named))).toEqual(flags);
  });

  it('never gets the embedded admin token when it is another one', async () => {
    expect(await findServer({ url: 'https://other.example' }, where())).toEqual({ url: 'https://other.example', token: null });
  });

  it('is looked for in MUNIMENT_DATA_DIR, and its absence is a connection problem', async () => {
    await expect(findServer({}, where({ MUNIMENT_DATA_DIR: 'elsewhere' }))).rejects.toMatchObject({ code: 'connection' });
    await expect(findServer({ url: 'ftp://x' }, where())).rejects.toMatchObject({ code: 'usage' });
  });

  it('has a database that flag, environment or the embedded server name', async () => {
    expect(await findDatabase('postgres://flag', where({ MUNIMENT_DATABASE_URL: 'postgres://env' }))).toBe('postgres://flag');
    expect(await findDatabase(undefined, where({ MUNIMENT_DATABASE_URL: 'postgres://env' }))).toBe('postgres://env');
    expect(await findDatabase(undefined, where())).toBe('postgres://x');
    await expect(findDatabase(undefined, where({ MUNIMENT_DATA_DIR: 'elsewhere' }))).rejects.toMatchObject({ code: 'usage' });
  });
});
