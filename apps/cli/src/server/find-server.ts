import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MunimentClient, type RetryPolicy } from '@muniment/client';
import { CliError } from '../exit-codes.js';
import type { Surroundings } from '../surroundings.js';

/** How the user named the server; absent values are looked up. */
export interface ServerChoice {
  readonly url?: string;
  readonly token?: string;
}

export interface FoundServer {
  readonly url: string;
  readonly token: string | null;
}

type Where = Pick<Surroundings, 'env' | 'cwd'>;

/** Data directory of the embedded server: MUNIMENT_DATA_DIR, else `.muniment` of the working directory. */
export function dataDirectory({ env, cwd }: Where): string {
  return resolve(cwd, nonEmpty(env['MUNIMENT_DATA_DIR']) ?? '.muniment');
}

/** Flags, else MUNIMENT_URL and MUNIMENT_TOKEN, else the embedded server of the data directory (its endpoints.json and admin-token). */
export async function findServer(choice: ServerChoice, where: Where): Promise<FoundServer> {
  const url = nonEmpty(choice.url) ?? nonEmpty(where.env['MUNIMENT_URL']);
  const token = nonEmpty(choice.token) ?? nonEmpty(where.env['MUNIMENT_TOKEN']);
  if (url !== undefined) return { url: checkedUrl(url), token: token ?? null };
  const directory = dataDirectory(where);
  const embedded = stringAt(await readJson(join(directory, 'endpoints.json')), 'url');
  if (embedded === null) {
    throw new CliError(
      'connection',
      `No server is named and none runs here (${join(directory, 'endpoints.json')} does not exist). ` +
        'Start one with "npm start", or give --url and --token (MUNIMENT_URL, MUNIMENT_TOKEN).',
    );
  }
  return { url: checkedUrl(embedded), token: token ?? (await readText(join(directory, 'admin-token')))?.trim() ?? null };
}

/** A client for the server that {@link findServer} finds. */
export async function connect(choice: ServerChoice, where: Where, retry?: RetryPolicy): Promise<MunimentClient> {
  const { url, token } = await findServer(choice, where);
  return new MunimentClient({ url, token, ...(retry === undefined ? {} : { retry }) });
}

/** Postgres of an operator's verb: the flag, MUNIMENT_DATABASE_URL, else what the embedded server wrote to endpoints.json. */
export async function findDatabase(flag: string | undefined, where: Where): Promise<string> {
  const given = nonEmpty(flag) ?? nonEmpty(where.env['MUNIMENT_DATABASE_URL']);
  if (given !== undefined) return given;
  const embedded = stringAt(await readJson(join(dataDirectory(where), 'endpoints.json')), 'database_url');
  if (embedded !== null) return embedded;
  throw new CliError(
    'usage',
    'This works on the database itself. Give --database-url or MUNIMENT_DATABASE_URL, or start the embedded server here.',
  );
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new CliError('usage', `"${url}" is not an http(s) address. Write it like http://127.0.0.1:7180.`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CliError('usage', `${path} is not JSON. Stop and start the embedded server again, or give --url.`);
  }
}

function stringAt(value: unknown, key: string): string | null {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null;
  return typeof found === 'string' && found !== '' ? found : null;
}
