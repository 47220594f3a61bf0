import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProblemAnswer } from './problem-of.js';

const lingerMs = 2_000;
const lingerBytes = 16 * 1024 * 1024;

/**
 * Writes the problem. When the client is still sending its body, the answer is complete at once but the connection stays for a bounded
 * while and what arrives is thrown away: closing earlier would reset it, and the client would see a broken pipe instead of the reason.
 */
export function sendProblem(request: IncomingMessage, response: ServerResponse, { problem, headers }: ProblemAnswer): void {
  const body = Buffer.from(JSON.stringify(problem));
  const sending = !request.complete && announcesBody(request);
  response.statusCode = problem.status;
  // What a handler had announced about the body it did not send would now be a lie.
  for (const stale of [
    'ETag',
    'Repr-Digest',
    'Content-Digest',
    'Accept-Ranges',
    'Content-Encoding',
    'Content-Disposition',
    'Last-Modified',
  ]) {
    response.removeHeader(stale);
  }
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', body.length);
  response.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, typeof value === 'string' ? value : [...value]);
  if (sending) response.setHeader('Connection', 'close');
  if (request.method === 'HEAD' || !sending) {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  response.write(body);
  discard(request, () => response.end());
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function discard(request: IncomingMessage, done: () => void): void {
  let left = lingerBytes;
  const timer = setTimeout(finish, lingerMs);
  function finish(): void {
    clearTimeout(timer);
    request.off('data', count).off('end', finish).off('close', finish);
    done();
  }
  function count(chunk: Buffer): void {
    left -= chunk.length;
    if (left < 0) finish();
  }
  request.on('data', count).once('end', finish).once('close', finish);
  request.resume();
}
