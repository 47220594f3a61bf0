import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A request as the fake server received it, body included. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export type Handler = (request: SeenRequest, response: ServerResponse, raw: IncomingMessage) => void | Promise<void>;

/** A node:http server for specs: records every request, answers with the given handler, breaks connections on demand. */
export class FakeServer {
  readonly seen: SeenRequest[] = [];
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(handler: Handler): Promise<FakeServer> {
    const started: { fake?: FakeServer } = {};
    const server = createServer((raw, response) => {
      const chunks: Buffer[] = [];
      raw.on('error', () => response.destroy());
      raw.on('data', (chunk: Buffer) => chunks.push(chunk));
      raw.on('end', () => {
        const headers = Object.fromEntries(Object.entries(raw.headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(',') : v]));
        const request = { method: raw.method ?? '', path: raw.url ?? '', headers, body: Buffer.concat(chunks) };
        started.fake?.seen.push(request);
        void handler(request, response, raw);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake server has no port');
    started.fake = new FakeServer(server, `http://127.0.0.1:${address.port}`);
    return started.fake;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
