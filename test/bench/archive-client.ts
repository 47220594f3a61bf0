import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** One small request over kept connections. The same client for whoever is measured. */
export function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string | number>>,
  body: Buffer | null,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': body?.length ?? 0 };
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text }));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body ?? undefined);
  });
}

/** Makes a package and answers the URL below which its files lie. */
export async function newPackage(url: string, token: string): Promise<string> {
  const body = JSON.stringify({ repository: 'acme/bench', name: 'bench', producer: 'bench', retention_class: 'transient' });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await send('POST', `${url}/packages`, headers, Buffer.from(body));
  if (answer.status !== 201) throw new Error(`no package: ${answer.status} ${answer.body}`);
  return `${url}/packages/${(JSON.parse(answer.body) as { id: string }).id}/files`;
}
