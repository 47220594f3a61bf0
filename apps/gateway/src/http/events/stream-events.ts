import type { Request, Response } from 'express';
import type { ReadEvents } from '@muniment/application';
import { encodeJcs } from '@muniment/formats';
import { eventAnswer } from '../answers/event-answer.js';

type Follow = Omit<Parameters<ReadEvents['execute']>[0], 'limit'>;

const page = 200;
/** Wake-ups are hints, so the log is read at least this often. */
const pollMs = 2_000;
/** A comment now and then keeps proxies from closing a quiet stream. */
const heartbeatMs = 15_000;

/** Follows the log as server-sent events (WHATWG HTML, section 9.2) until the client leaves or the service drains. Waits for slow readers. */
export async function streamEvents(
  request: Request,
  response: Response,
  events: ReadEvents,
  draining: AbortSignal,
  follow: Follow,
): Promise<void> {
  const wake = new Wake();
  const unsubscribe = events.onNew(() => wake.up());
  const gone = new AbortController();
  const leave = (): void => {
    gone.abort();
    wake.up();
  };
  request.once('close', leave);
  draining.addEventListener('abort', leave);
  try {
    let after = follow.after;
    let first = await events.execute({ ...follow, after, limit: page });
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    response.write('retry: 1000\n\n');
    let quietSince = Date.now();
    while (!gone.signal.aborted) {
      const found = first.length > 0 ? first : await events.execute({ ...follow, after, limit: page });
      first = [];
      for (const event of found) {
        const data = encodeJcs(eventAnswer(event));
        if (!response.write(`id: ${event.sequence}\nevent: ${event.type}\ndata: ${data}\n\n`)) await drained(response, gone.signal);
        after = event.sequence;
        quietSince = Date.now();
      }
      if (found.length > 0) continue;
      if (Date.now() - quietSince > heartbeatMs) {
        response.write(': still here\n\n');
        quietSince = Date.now();
      }
      await wake.wait(pollMs);
    }
  } finally {
    unsubscribe();
    draining.removeEventListener('abort', leave);
    response.end();
  }
}

async function drained(response: Response, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Remembers a wake-up that comes while nobody waits. */
class Wake {
  private pending = false;
  private resolve: (() => void) | null = null;

  up(): void {
    this.pending = true;
    this.resolve?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.resolve = null;
    this.pending = false;
  }
}
