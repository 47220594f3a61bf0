export { postgresConfig, type PostgresConfig } from './config.js';
export { Postgres } from './postgres.js';
export { migrate, committedMigrations } from './migration/migrate.js';
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded/embedded-postgres.js';
export { rebuildViews, type RebuildReport, type ViewComparison } from './operator/rebuild-views.js';
export { checkLog, type LogCheck, type LogReport } from './operator/check-log.js';
export { type TreeEvidence } from './operator/check-tree.js';
export { serviceLogin, serviceRole } from './operator/service-role.js';
export { createToken, ensureAdminToken } from './operator/direct-tokens.js';
