import { createHash, randomUUID } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import path from 'node:path';

/**
 * What the gateway is measured against: a bare node:http server that computes SHA-256 of what it receives. With a directory as argument it also writes
 * the bytes there, synced and renamed, as the file-system store does.
 */
const directory = process.argv[2];

async function received(request: IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  request.on('data', (chunk: Buffer) => hash.update(chunk));
  await new Promise((resolve, reject) => request.once('end', resolve).once('error', reject));
  return hash.digest('hex');
}

async function stored(request: IncomingMessage, folder: string): Promise<string> {
  const hash = createHash('sha256');
  const name = path.join(folder, randomUUID());
  const file = await open(`${name}.part`, 'wx');
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    await file.writev([chunk]);
  }
  await file.sync();
  await file.close();
  await rename(`${name}.part`, name);
  const parent = await open(folder);
  await parent.sync();
  await parent.close();
  return hash.digest('hex');
}

const server = createServer((request, response) => {
  const digest = directory === undefined ? received(request) : stored(request, directory);
  digest.then(
    (sha256) => response.writeHead(201).end(JSON.stringify({ sha256 })),
    (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
process.once('disconnect', () => process.exit(0));
