#!/usr/bin/env node
/**
 * Stands in for Prisma's native schema engine, which the CLI would otherwise download. The same engine, compiled to WebAssembly, is an
 * ordinary npm package; this program speaks the native one's protocol in front of it. The CLI finds it by PRISMA_SCHEMA_ENGINE_BINARY
 * (`npm run prisma -- migrate dev` sets that). Never point the variable at a dummy: `migrate deploy` would then do nothing and exit 0.
 *
 * Protocol: arguments `--datasource {"url": …}` and `--datamodels file,…`; then one JSON-RPC request per line of standard input, whose
 * methods are the methods of the engine class. `cli can-connect-to-database` and `cli create-database` answer by exit code instead.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { connectionOf, MigrationAdapterFactory } from './schema-engine-adapter.mjs';

const engineFailed = 4466; // the error code that the CLI knows how to show
const args = process.argv.slice(2);
const url = JSON.parse(valueOf('--datasource') ?? '{}').url;
let engine;

if (args.includes('cli')) process.exit(await cli(args.at(-1)));
for await (const line of createInterface({ input: process.stdin })) await answer(JSON.parse(line));
process.exit(0);

function valueOf(flag) {
  const index = args.indexOf(flag);
  return index < 0 ? undefined : args[index + 1];
}

function datamodels() {
  const paths = args.flatMap((argument, index) => (args[index - 1] === '--datamodels' ? argument.split(',') : []));
  return paths.length === 0 ? undefined : paths.map((path) => [path, readFileSync(path, 'utf8')]);
}

async function startEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`schema engine: ${message}\n`) };
  const bindingsPath = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bindings = await import(bindingsPath);
  const bytes = readFileSync(bindingsPath.replace(/_bg\.js$/, '_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const adapters = bindMigrationAwareSqlAdapterFactory(new MigrationAdapterFactory(connectionOf(url)));
  return bindings.SchemaEngine.new({ datamodels: datamodels() }, () => undefined, adapters);
}

async function answer({ id, method, params }) {
  // The CLI also replies to what we ask of it (print): those lines carry no method.
  if (method === undefined) return;
  try {
    engine ??= startEngine();
    const running = await engine;
    const result = await (method === 'getDatabaseVersion' ? running.version(params) : running[method](params));
    if (method === 'diff' && typeof result.stdout === 'string')
      send({ id: 9000 + id, method: 'print', params: { content: result.stdout } });
    send({ id, result: result ?? null });
  } catch (error) {
    const data = { is_panic: false, message: messageOf(error), meta: error.meta ?? null, error_code: error.code ?? null };
    send({ id, error: { code: engineFailed, message: 'An error happened. Check the data field for details.', data } });
  }
}

/** The `cli` commands answer by exit code; what went wrong is the second line of standard error, in the shape the CLI looks for. */
async function cli(command) {
  try {
    if (command === 'create-database') await createDatabase();
    else await (await startEngine()).ensureConnectionValidity({ datasource: { tag: 'ConnectionString', url } });
    return 0;
  } catch (error) {
    const message = messageOf(error);
    const fields = { is_panic: false, message, error_code: error.code ?? codeOf(message) };
    log({ level: 'INFO', fields: { message: command } });
    log({ level: 'ERROR', target: 'schema_engine::logger', fields });
    return 1;
  }
}

async function createDatabase() {
  const { database, ...server } = connectionOf(url);
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

/** The CLI creates a database that is missing (P1003) and shows the others. The engine gives the text without the code. */
function codeOf(message) {
  if (/does not exist/.test(message)) return 'P1003';
  if (/authentication failed/i.test(message)) return 'P1000';
  return 'P1001';
}

function log(line) {
  process.stderr.write(`${JSON.stringify({ timestamp: new Date().toISOString(), ...line })}\n`);
}

/** Connection failures arrive without a message of their own: then the cause, or its code, has to speak. */
function messageOf(error) {
  const causes = [error, error.cause, ...(error.errors ?? []), ...(error.cause?.errors ?? [])];
  const texts = causes.map((cause) => cause?.message || cause?.originalMessage || cause?.code || cause?.kind);
  return String(texts.find((text) => text) ?? error);
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
