import { Command } from 'commander';
import { addAttest } from './commands/attest.command.js';
import { addDatabase } from './commands/database.command.js';
import { addEvidence } from './commands/evidence.command.js';
import { addEvents } from './commands/events.command.js';
import { addExtend } from './commands/extend.command.js';
import { addFetch } from './commands/fetch.command.js';
import { addHealth } from './commands/health.command.js';
import { addHold } from './commands/hold.command.js';
import { addLog } from './commands/log.command.js';
import { addMeta } from './commands/meta.command.js';
import { addPointer } from './commands/pointer.command.js';
import { addPush } from './commands/push.command.js';
import { addRelease } from './commands/release.command.js';
import { addRetention } from './commands/retention.command.js';
import { addStorage } from './commands/storage.command.js';
import { addToken } from './commands/token.command.js';
import { addValidations } from './commands/validations.command.js';
import { addVerify } from './commands/verify.command.js';
import type { Surroundings } from './surroundings.js';

/** Every verb of the command line, in the order of its help. */
const verbs = [
  ...[addPush, addFetch, addVerify, addEvidence, addMeta, addPointer],
  ...[addExtend, addHold, addRelease, addValidations, addAttest, addRetention],
  ...[addEvents, addHealth, addToken, addLog, addDatabase, addStorage],
];

/** The program; `exit` is told the exit code of a command that answered but not with success. */
export function buildProgram(surroundings: Surroundings, exit: (code: number) => void): Command {
  const program = new Command('muniment')
    .description('Archive what CI builds, prove it, keep it as long as it must be kept, read it back.')
    .option('--url <url>', 'server (default: MUNIMENT_URL, else the embedded server of this directory)')
    .option('--token <token>', 'API token (default: MUNIMENT_TOKEN, else the embedded admin token)')
    .option('--json', 'answer with JSON on standard output, errors too')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\n"muniment --version" prints the version of this program.')
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride()
    .configureOutput({ writeOut: surroundings.write, writeErr: surroundings.writeError });
  for (const add of verbs) add(program, surroundings, exit);
  return program;
}
