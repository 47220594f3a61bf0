/**
 * The Postgres driver adapter as the schema engine needs it. Covers four gaps of @prisma/adapter-pg 7.10.0, found by running every
 * migrate command with it; drop each when the adapter has it.
 */
import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';

const oidOfChar = 18; // the one-byte type "char" of the system catalogue
const oidOfBpchar = 1042; // one that the adapter can read

/** Connection settings of a URL, field by field: given a whole URL, the driver would ignore the shadow database's name (gap 3). */
export function connectionOf(url) {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const sslmode = searchParams.get('sslmode');
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    max: 4,
    ...(sslmode === null || sslmode === 'disable' ? {} : { ssl: { rejectUnauthorized: sslmode.startsWith('verify') } }),
  };
}

export class MigrationAdapterFactory extends PrismaPg {
  #connection;

  constructor(connection) {
    super(connection);
    this.#connection = connection;
  }

  async connect() {
    return mended(await super.connect());
  }

  /** A database that exists as long as the command compares schemas in it. */
  async connectToShadowDb() {
    const admin = await this.connect();
    const database = `prisma_migrate_shadow_db_${randomUUID()}`;
    await admin.executeScript(`CREATE DATABASE "${database}"`);
    const shadow = mended(await new PrismaPg({ ...this.#connection, database }).connect());
    const close = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      // Gap 4: the adapter drops the database while its own connections to it are open.
      await close();
      await admin.executeScript(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      await admin.dispose();
    };
    return shadow;
  }
}

function mended(adapter) {
  const pool = adapter.underlyingDriver();
  const query = pool.query.bind(pool);
  const queryRaw = adapter.queryRaw;

  // Gap 1: "char" is an unsupported type to the adapter. Read it as bpchar, and report the type that the engine expects (text makes it panic).
  adapter.queryRaw = async (statement) => {
    const columns = [];
    const reading = Object.create(adapter);
    reading.performIO = async (request) => {
      const result = await adapter.performIO(request);
      result.fields.forEach((field, index) => {
        if (field.dataTypeID !== oidOfChar) return;
        columns.push(index);
        field.dataTypeID = oidOfBpchar;
      });
      return result;
    };
    const answer = await queryRaw.call(reading, statement);
    for (const index of columns) answer.columnTypes[index] = ColumnTypeEnum.Character;
    return answer;
  };

  // Gap 2: the adapter splits scripts at every semicolon, also inside of function bodies. Postgres takes the whole script as one simple query.
  adapter.executeScript = async (script) => {
    try {
      await query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
  return adapter;
}
