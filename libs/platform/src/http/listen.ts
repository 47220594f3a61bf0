import type { Server } from 'node:http';

/** Listens and answers the port it got. A taken port is said in words. */
export function listen(server: Server, port: number, host: string, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`cannot listen on ${host}:${String(port)} (${variable}): ${reasonOf(error)}`, { cause: error }));
    });
    server.listen(port, host, () => {
      resolve(portOf(server));
    });
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

function reasonOf(error: Error): string {
  if ('code' in error && error.code === 'EADDRINUSE') return 'another program already uses this port';
  if ('code' in error && error.code === 'EACCES') return 'this port needs more rights';
  return error.message;
}
