/**
 * Every MUNIMENT_* variable of the product. One environment file may serve several parts, so a service accepts the others' names and
 * refuses only what nobody knows: a typing mistake that would otherwise be ignored in silence.
 */
export const knownVariables: ReadonlySet<string> = new Set([
  'MUNIMENT_ADMIN_PORT',
  'MUNIMENT_DATABASE_URL',
  'MUNIMENT_DATA_DIR',
  'MUNIMENT_DRAIN_SECONDS',
  'MUNIMENT_HOST',
  'MUNIMENT_JOB_LOCK_MS',
  'MUNIMENT_LOG_LEVEL',
  'MUNIMENT_MAX_BODY_BYTES',
  'MUNIMENT_OBJECT_STORE',
  'MUNIMENT_OBJECT_STORE_ROOT',
  'MUNIMENT_OTLP_ENDPOINT',
  'MUNIMENT_PORT',
  'MUNIMENT_QUEUE_BACKEND',
  'MUNIMENT_QUEUE_PREFIX',
  'MUNIMENT_REAPER_AGE_SECONDS',
  'MUNIMENT_REDIS_URL',
  'MUNIMENT_S3_ACCESS_KEY',
  'MUNIMENT_S3_ACCESS_KEY_FILE',
  'MUNIMENT_S3_BUCKET',
  'MUNIMENT_S3_ENDPOINT',
  'MUNIMENT_S3_PREFIX',
  'MUNIMENT_S3_REGION',
  'MUNIMENT_S3_SECRET_KEY',
  'MUNIMENT_S3_SECRET_KEY_FILE',
  'MUNIMENT_TOKEN',
  'MUNIMENT_UPLOAD_EXPIRY_SECONDS',
  'MUNIMENT_URL',
]);
