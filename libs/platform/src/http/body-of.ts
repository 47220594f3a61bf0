import type { IncomingMessage } from 'node:http';
import { receivedBytes } from './body-memory.js';

/**
 * The bytes of a request, for `for await`. Use this and not the request itself: leaving a loop over the request (also by a throw) destroys
 * the socket, and the client never sees why it was refused.
 */
export async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    receivedBytes(chunk.length);
    yield chunk;
  }
}
