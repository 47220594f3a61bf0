import { SingleBar } from 'cli-progress';
import { humanSize } from '../output.js';

/** Shows bytes on their way; the silent one is for logs and --json. */
export interface TransferBar {
  begin(label: string, total: number): void;
  at(done: number): void;
  end(): void;
}

export const silentBar: TransferBar = { begin: () => undefined, at: () => undefined, end: () => undefined };

/** A bar on standard error. */
export function terminalBar(): TransferBar {
  let bar: SingleBar | null = null;
  const format = '{label} [{bar}] {percentage}% {bytes} ETA {eta_formatted}';
  return {
    begin(label, total) {
      bar?.stop();
      bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true, etaBuffer: 50 });
      bar.start(total, 0, { label, bytes: humanSize(0) });
    },
    at(done) {
      bar?.update(done, { bytes: humanSize(done) });
    },
    end() {
      bar?.stop();
      bar = null;
    },
  };
}
