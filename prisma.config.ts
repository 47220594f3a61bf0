import { defineConfig } from 'prisma/config';

const url = process.env['MUNIMENT_DATABASE_URL'];

/** For the Prisma CLI only (`npm run prisma -- …`). Services get their URL from their own configuration. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
});
