import { once } from 'node:events';
import http from 'node:http';

/** Which request this is, for deciding its fate. */
export interface Passing {
  readonly method: string;
  readonly url: string;
  /** How many requests of this method and URL came before. */
  readonly repeat: number;
}

/** An HTTP proxy that hands every request to the store but loses the answer of those it is told to: the store has done the work, the caller cannot know. */
export interface LossyProxy {
  readonly endpoint: string;
  /** How many answers were lost so far. */
  readonly lost: () => number;
  readonly close: () => Promise<void>;
}

export async function startLossyProxy(target: string, loses: (passing: Passing) => boolean): Promise<LossyProxy> {
  const seen = new Map<string, number>();
  let lost = 0;
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const method = request.method ?? '';
    const url = request.url ?? '';
    const repeat = seen.get(`${method} ${url}`) ?? 0;
    seen.set(`${method} ${url}`, repeat + 1);
    const { hostname, port } = new URL(target);
    // Headers as they came: Host is part of the signature.
    const onward = http.request({ hostname, port, method, path: url, headers: request.headers, agent }, (answer) => {
      if (!loses({ method, url, repeat })) {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        return;
      }
      lost += 1;
      answer.resume().once('end', () => request.socket.destroy());
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The proxy has no port.');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    lost: () => lost,
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
