import type { IncomingMessage } from 'node:http';
import { Refusal } from '@muniment/domain';
import { receivedBytes } from './body-memory.js';

/**
 * The bytes of a request, for `for await`, once. Use this and not the request itself: leaving a loop over the request (also by a throw) destroys the socket, and
 * the client never sees why it was refused. Refuses (`body_incomplete`) when the client broke off: half a body must not look like a whole one.
 *
 * Own code, because node's iterator watches for each end that any stream may come to, which small uploads notice (docs/bench.md, 2026-11-28).
 */
export function bodyOf(request: IncomingMessage): AsyncIterableIterator<Uint8Array> {
  return new Body(request);
}

class Body implements AsyncIterableIterator<Uint8Array> {
  private wake: (() => void) | null = null;
  private state: 'untouched' | 'read' | 'left' = 'untouched';
  private readonly changed = (): void => {
    this.wake?.();
    this.wake = null;
  };

  constructor(private readonly request: IncomingMessage) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.state === 'untouched') this.listen();
    while (this.state === 'read') {
      const chunk = this.request.destroyed ? null : (this.request.read() as Buffer | null);
      if (chunk !== null) {
        receivedBytes(chunk.length);
        return { value: chunk, done: false };
      }
      if (this.ended()) break;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.return();
  }

  /** Leaves the rest unread. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.state = 'left';
    // It goes on listening for errors: without a listener one that comes later would end the process.
    for (const event of ['readable', 'end', 'close']) this.request.off(event, this.changed);
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Not before the first byte is asked for: who listens for `readable` keeps others from throwing the body away. */
  private listen(): void {
    this.state = 'read';
    for (const event of ['readable', 'end', 'close', 'error']) this.request.on(event, this.changed);
  }

  private ended(): boolean {
    const { complete, readableLength, destroyed } = this.request;
    // All has come and was read: that is the end, of which node tells a moment later.
    if (complete && readableLength === 0) return true;
    if (!destroyed) return false;
    throw new Refusal('body_incomplete', 'The connection ended before the whole body had arrived. Send it again.');
  }
}
