import http from 'node:http';
import https from 'node:https';

/** The far side answered with a status that a repeat may cure (overload, gateway trouble). */
export class TransientAnswer extends Error {
  override readonly name = 'TransientAnswer';
  constructor(readonly status: number) {
    super(`The object store answered ${status}.`);
  }
}

/** Nothing moved on the connection for too long: it counts as dead. */
export class DeadConnection extends Error {
  override readonly name = 'DeadConnection';
  constructor(milliseconds: number) {
    super(`The object store connection was silent for ${milliseconds} ms.`);
  }
}

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/** What the client library calls instead of http or https: the same requests, but none of them can hang and none leaves a busy answer undrained. */
export interface TimedTransport {
  readonly request: typeof http.request;
}

/**
 * Requests that fail with {@link DeadConnection} when neither side moved a byte for `idleMs`: while connecting, sending, waiting or receiving.
 * A reader that pauses is not a dead connection: as long as received bytes wait to be read, the clock starts anew.
 */
export function timedTransport(secure: boolean, idleMs: number): TimedTransport {
  const send = (options: https.RequestOptions, answered: (response: http.IncomingMessage) => void): http.ClientRequest => {
    let response: http.IncomingMessage | null = null;
    const request = (secure ? https : http).request({ ...options, timeout: idleMs }, (arrived) => {
      response = arrived;
      if (!transientStatuses.has(arrived.statusCode ?? 0)) return answered(arrived);
      arrived.resume();
      request.emit('error', new TransientAnswer(arrived.statusCode ?? 0));
    });
    watch(request, idleMs, () => response);
    return request;
  };
  // The library only ever uses this one of the overloads.
  return { request: send as typeof http.request };
}

function watch(request: http.ClientRequest, idleMs: number, response: () => http.IncomingMessage | null): void {
  request.once('socket', (socket) => {
    const onTimeout = (): void => {
      const received = socket.bytesRead;
      // Timers run before sockets are read: after a blocked event loop the answer may lie there, so look again after one round of reading.
      setImmediate(() => {
        const reading = response();
        const alive = socket.bytesRead !== received || (reading !== null && reading.readableLength > 0);
        if (alive) socket.setTimeout(idleMs);
        else if (!request.closed) (reading ?? request).destroy(new DeadConnection(idleMs));
      });
    };
    socket.on('timeout', onTimeout);
    request.once('close', () => socket.off('timeout', onTimeout));
  });
}
