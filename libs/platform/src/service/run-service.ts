import { ConfigError, type ConfigShape } from '../config/parse-config.js';
import { createLogger, type Logger } from '../logging/logger.js';
import { currentTelemetry } from '../telemetry/sdk.js';
import type { ServiceDefinition } from './definition.js';
import { startService, type RunningService } from './start-service.js';
import { stayWarm } from './stay-warm.js';

/** sysexits.h EX_CONFIG: starting again with the same configuration cannot help. */
const configExitCode = 78;
const handlesGraceMs = 1_000;

/**
 * The whole life of a service process: configuration, start, SIGTERM/SIGINT, drain, close in reverse order, flush, exit.
 * A parent with an IPC channel is told `{ready: true, adminPort, port}`; when it is gone, the service stops as on SIGTERM.
 * Exit codes: 0 stopped as asked, 1 failed, 78 configuration.
 */
export async function runService<Shape extends ConfigShape>(definition: ServiceDefinition<Shape>): Promise<void> {
  const asked = waitForStop();
  stayWarm();
  dieOnUnhandled(createLogger(definition.name, 'info'));
  let service: RunningService;
  try {
    service = await startService(definition, process.env);
  } catch (error) {
    report(definition.name, error);
    await currentTelemetry()?.flush();
    leave(error instanceof ConfigError ? configExitCode : 1, null);
    return;
  }
  process.send?.({ ready: true, adminPort: service.adminPort, port: service.port });
  const reason = await asked;
  service.logger.info({ reason }, 'stopping');
  const clean = await service.stop();
  service.logger.info('stopped');
  await currentTelemetry()?.flush();
  leave(clean ? 0 : 1, service.logger);
}

/** Resolves with the reason at the first request to stop; a second signal ends the process at once. */
function waitForStop(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    if (process.send !== undefined) {
      process.once('disconnect', () => {
        asked = true;
        resolve('parent process is gone');
      });
    }
  });
}

/** A state that nobody foresaw is not worth keeping: all work is safe to repeat, so end and let it be repeated. */
function dieOnUnhandled(logger: Logger): void {
  const die = (error: unknown): void => {
    logger.fatal({ err: error }, 'unhandled error');
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
}

function report(name: string, error: unknown): void {
  // A person reads this in a terminal: plain text, and each problem on its own line.
  if (error instanceof ConfigError) process.stderr.write(`${name}: ${error.message}\n`);
  else createLogger(name, 'info').fatal({ err: error }, error instanceof Error ? error.message : 'cannot start');
}

/** Lets the event loop run empty, so that a forgotten handle is seen and named instead of being hidden by an exit. */
function leave(code: number, logger: Logger | null): void {
  process.exitCode = code;
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
  setTimeout(() => {
    logger?.warn({ handles: process.getActiveResourcesInfo() }, 'open handles kept the process');
    process.exit(code);
  }, handlesGraceMs).unref();
}
