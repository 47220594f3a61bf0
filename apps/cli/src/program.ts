import { Command } from 'commander';
import { addDatabase } from './commands/database.command.js';
import { addEvents } from './commands/events.command.js';
import { addFetch } from './commands/fetch.command.js';
import { addHealth } from './commands/health.command.js';
import { addLog } from './commands/log.command.js';
import { addMeta } from './commands/meta.command.js';
import { addPush } from './commands/push.command.js';
import { addToken } from './commands/token.command.js';
import { addVerify } from './commands/verify.command.js';
import type { Surroundings } from './surroundings.js';

/** Every verb of the command line, in the order of its help. */
const verbs = [addPush, addFetch, addVerify, addMeta, addEvents, addHealth, addToken, addLog, addDatabase];

/** The program; `exit` is told the exit code of a command that answered but not with success. */
export function buildProgram(surroundings: Surroundings, exit: (code: number) => void): Command {
  const program = new Command('muniment')
    .description('Archive what CI builds, prove it, read it back.')
    .option('--url <url>', 'server (default: MUNIMENT_URL, else the embedded server of this directory)')
    .option('--token <token>', 'API token (default: MUNIMENT_TOKEN, else the embedded admin token)')
    .option('--json', 'answer with JSON on standard output, errors too')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride()
    .configureOutput({ writeOut: surroundings.write, writeErr: surroundings.writeError });
  for (const add of verbs) add(program, surroundings, exit);
  return program;
}
