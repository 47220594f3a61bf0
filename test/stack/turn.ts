import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stoppable } from './process.js';

/** Waits, at most `milliseconds`, until nobody has `port` of 127.0.0.1, and then has it until stopped: a lock that no kill leaves behind. */
export async function takeTurn(port: number, milliseconds: number): Promise<Stoppable> {
  for (const deadline = Date.now() + milliseconds; ; await pause(200)) {
    const turn = await listen(port);
    if (turn !== null) return turn;
    if (Date.now() > deadline) throw new Error(`Port ${port} of 127.0.0.1 was not free in time: another test, or something else, has it.`);
  }
}

/** Waits until nobody listens on `port`, of whatever address. */
export async function untilFree(port: number, milliseconds: number): Promise<void> {
  const turn = await takeTurn(port, milliseconds);
  await turn.stop();
}

function listen(port: number): Promise<Stoppable | null> {
  return new Promise((resolve, reject) => {
    const holder = createServer((connection) => void connection.destroy());
    holder.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    holder.listen(port, '127.0.0.1', () => resolve({ stop: () => new Promise((closed) => void holder.close(() => closed())) }));
  });
}
