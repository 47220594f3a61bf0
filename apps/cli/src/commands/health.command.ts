import type { Command } from 'commander';
import { ApiError } from '@muniment/client';
import { exitCodes } from '../exit-codes.js';
import { findServer } from '../server/find-server.js';
import { contextOf, type AddCommand } from './command-context.js';

export const addHealth: AddCommand = (program, surroundings, exit) => {
  program
    .command('health')
    .summary('is the server alive and ready')
    .description('Ask the server whether it lives and whether what it needs is there.')
    .action(async (_flags: object, command: Command) => {
      const { connect, output, server } = contextOf(command, surroundings);
      const { url } = await findServer(server, surroundings);
      const client = await connect();
      const alive = await client.health('healthz');
      const readiness = await client.health('readyz').then(
        (answer) => ({ ready: true, answer }),
        (error: unknown) => {
          if (error instanceof ApiError) return { ready: false, answer: { status: error.status, detail: error.detail, ...error.facts } };
          throw error;
        },
      );
      const report = { url, alive: true, ready: readiness.ready, healthz: alive, readyz: readiness.answer };
      output.result(report, () => [`${url} is alive and ${readiness.ready ? 'ready' : `NOT ready: ${JSON.stringify(readiness.answer)}`}`]);
      if (!readiness.ready) exit(exitCodes.check_failed);
    });
};
