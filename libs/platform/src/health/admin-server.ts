import { createServer, type Server } from 'node:http';
import { currentTelemetry } from '../telemetry/sdk.js';
import { answerHealth } from './health-routes.js';
import type { Readiness } from './readiness.js';

/** The operators' port: health, readiness, metrics. Opens before the service and closes after it. */
export function createAdminServer(readiness: Readiness): Server {
  return createServer((request, response) => {
    if (answerHealth(readiness, request, response)) return;
    if (request.method === 'GET' && (request.url ?? '').split('?', 1)[0] === '/metrics') {
      const telemetry = currentTelemetry();
      if (telemetry !== undefined) telemetry.writeMetrics(request, response);
      else response.writeHead(503, { 'Content-Type': 'text/plain' }).end('started without the telemetry preload\n');
      return;
    }
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('/healthz /readyz /metrics\n');
  });
}
