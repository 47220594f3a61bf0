import type { IncomingMessage } from 'node:http';

/**
 * The bytes of a request, for `for await`. Use this and not the request itself: leaving a loop over the request (also by a throw) destroys
 * the socket, and the client never sees why it was refused.
 */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}
