/**
 * Loaded by `node --import` before the service itself, so that http is instrumented when it is first required.
 * Reads two variables by itself because the configuration is parsed later; the parser judges them then.
 */
import { basename, dirname } from 'node:path';
import { platformConfig } from '../config/platform-config.js';
import { startTelemetry } from './sdk.js';

const endpoint = platformConfig.MUNIMENT_OTLP_ENDPOINT.safeParse(process.env['MUNIMENT_OTLP_ENDPOINT'] || undefined);
startTelemetry(serviceName(), endpoint.success ? endpoint.data : undefined);

/** apps/<name>/dist/main.js -> muniment-<name> */
function serviceName(): string {
  const named = process.env['OTEL_SERVICE_NAME'];
  if (named !== undefined && named !== '') return named;
  return `muniment-${basename(dirname(dirname(process.argv[1] ?? '/unknown/dist/main.js')))}`;
}
