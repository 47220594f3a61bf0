import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readiness } from './readiness.js';

/** Answers /healthz, /livez and /readyz; false when the request is for something else. */
export function answerHealth(readiness: Readiness, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = (request.url ?? '').split('?', 1)[0];
  // Liveness is only "the event loop turns": a lost database is no reason to be restarted.
  if (path === '/healthz' || path === '/livez') send(response, 200, { status: 'ok' });
  else if (path === '/readyz') void answerReadiness(readiness, response);
  else return false;
  return true;
}

async function answerReadiness(readiness: Readiness, response: ServerResponse): Promise<void> {
  const report = await readiness.report();
  send(response, report.ready ? 200 : 503, { status: report.ready ? 'ready' : 'not_ready', phase: report.phase, checks: report.checks });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
