import { runCommand } from './run-command.js';

// First Ctrl-C ends what is running in good order; the second one ends the process.
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  terminal: process.stderr.isTTY,
  now: () => new Date(),
  signal: interrupt.signal,
});
