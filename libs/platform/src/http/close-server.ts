import type { Server } from 'node:http';

const idleSweepMs = 100;

/**
 * Stops accepting, lets running requests end, closes connections as they become idle. Resolves when all are gone;
 * at `deadline` the rest is cut. Returns whether everything ended by itself.
 */
export function closeServer(server: Server, deadline: AbortSignal): Promise<boolean> {
  if (!server.listening) return Promise.resolve(true);
  return new Promise((resolve) => {
    // Kept-alive connections become idle only after their answer: a single look at the start would miss them.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, idleSweepMs);
    let cut = false;
    const cutAll = (): void => {
      cut = true;
      server.closeAllConnections();
    };
    server.close(() => {
      clearInterval(sweep);
      deadline.removeEventListener('abort', cutAll);
      resolve(!cut);
    });
    if (deadline.aborted) cutAll();
    else deadline.addEventListener('abort', cutAll, { once: true });
  });
}
