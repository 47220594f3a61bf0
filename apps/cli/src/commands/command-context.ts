import type { Command } from 'commander';
import type { MunimentClient } from '@muniment/client';
import { Output } from '../output.js';
import { connect, type ServerChoice } from '../server/find-server.js';
import type { Surroundings } from '../surroundings.js';
import { silentBar, terminalBar, type TransferBar } from '../push/transfer-bar.js';

/** What every command's action needs: where to print, how to reach the server, how to show progress. */
export interface CommandContext {
  readonly surroundings: Surroundings;
  readonly output: Output;
  readonly server: ServerChoice;
  readonly connect: () => Promise<MunimentClient>;
  readonly bar: TransferBar;
}

/** Options of the program itself; they may stand before or after the command. */
export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

export function contextOf(command: Command, surroundings: Surroundings): CommandContext {
  const { url, token, json } = command.optsWithGlobals<GlobalOptions>();
  const output = new Output(surroundings, json === true);
  const server = { ...(url === undefined ? {} : { url }), ...(token === undefined ? {} : { token }) };
  return {
    surroundings,
    output,
    server,
    connect: () => connect(server, surroundings),
    bar: output.progress ? terminalBar() : silentBar,
  };
}

/** Adds a command's verb to the program; the returned number, when there is one, is the exit code. */
export type AddCommand = (program: Command, surroundings: Surroundings, exit: (code: number) => void) => void;
