import { connect } from 'node:net';

const block = Buffer.alloc(1024 * 1024, 'muniment');

/**
 * Sends one PUT with a body of `size` bytes and answers the status. Over a bare socket and always the same memory, so that the client costs as little
 * as it can: both it and the server it measures share this machine.
 */
export function putStream(url: URL, size: number, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    socket.once('error', reject);
    socket.once('close', () => {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
      if (status === undefined) reject(new Error(`no answer: ${answer.slice(0, 200)}`));
      else resolve(Number(status));
    });
    const lines = Object.entries({ host: url.host, 'content-length': String(size), connection: 'close', ...headers });
    socket.write(`PUT ${url.pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    let left = size;
    const send = (): void => {
      while (left > 0) {
        const part = left >= block.length ? block : block.subarray(0, left);
        left -= part.length;
        if (!socket.write(part)) {
          socket.once('drain', send);
          return;
        }
      }
    };
    send();
  });
}
