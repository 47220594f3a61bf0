import type { Logger } from '../logging/logger.js';

interface Opened {
  readonly name: string;
  readonly close: () => unknown;
}

const closeTimeoutMs = 5_000;

/** The list of what was opened. Everything is closed once, last opened first, whatever the others do. */
export class Closing {
  private readonly opened: Opened[] = [];

  constructor(private readonly logger: Logger) {}

  /** Registers how to close something; returns it, so that opening and registering is one expression. */
  add<T>(name: string, value: T, close: (value: T) => unknown): T {
    this.opened.push({ name, close: () => close(value) });
    return value;
  }

  /** Closes all. A failing or hanging one is logged and does not keep the others open. Answers whether all went well. */
  async closeAll(): Promise<boolean> {
    let clean = true;
    for (let next = this.opened.pop(); next !== undefined; next = this.opened.pop()) {
      clean = (await this.closeOne(next)) && clean;
    }
    return clean;
  }

  private async closeOne({ name, close }: Opened): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`did not close within ${String(closeTimeoutMs)} ms`));
      }, closeTimeoutMs);
    });
    try {
      await Promise.race([Promise.resolve().then(close), silence]);
      this.logger.debug({ part: name }, 'closed');
      return true;
    } catch (error) {
      this.logger.error({ part: name, err: error }, 'could not be closed');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
