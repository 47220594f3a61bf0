import { redactText } from '../logging/redact.js';

/** A question about something outside of the process. */
export interface Probe {
  readonly name: string;
  /** A critical one makes the service not ready; the others are only shown and measured. */
  readonly critical: boolean;
  /** Resolves when the thing works; throws with the reason when not. Bounded by the caller. */
  check(): Promise<void>;
}

export interface ProbeResult {
  readonly name: string;
  readonly critical: boolean;
  readonly up: boolean;
  readonly reason?: string;
}

const timeoutMs = 2_000;

/** Asks all probes at once; a silent one counts as down. */
export function askProbes(probes: readonly Probe[]): Promise<readonly ProbeResult[]> {
  return Promise.all(probes.map(ask));
}

async function ask(probe: Probe): Promise<ProbeResult> {
  const { name, critical } = probe;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([probe.check(), silence]);
    return { name, critical, up: true };
  } catch (error) {
    const reason = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { name, critical, up: false, reason: redactText(reason) };
  } finally {
    clearTimeout(timer);
  }
}
