import { Refusal, type InspectionLimits } from '@muniment/domain';

const mib = 1024 * 1024;

/**
 * Counts what goes into and comes out of all decompression of one file, while it happens, and refuses as soon as a bound is passed
 * (`archive_too_large`, `archive_ratio_exceeded`). A decoder must account for each piece of output before it asks for the next.
 */
export class OutputBudget {
  #input = 0;
  #output = 0;

  constructor(readonly limits: InspectionLimits) {}

  /** Compressed bytes handed to a decoder. */
  fed(bytes: number): void {
    this.#input += bytes;
  }

  /** Bytes a decoder gave back. */
  produced(bytes: number): void {
    this.#output += bytes;
    if (this.#output > this.limits.maxOutputBytes) {
      throw new Refusal('archive_too_large', `The archive unpacks to more than ${this.limits.maxOutputBytes} bytes.`, {
        limit: this.limits.maxOutputBytes,
      });
    }
    // a tiny file of zeros may compress very well and harm nobody
    if (this.#output > mib && this.#output > this.#input * this.limits.maxRatio) {
      throw new Refusal('archive_ratio_exceeded', `The archive unpacks to more than ${this.limits.maxRatio} times its size.`, {
        limit: this.limits.maxRatio,
      });
    }
  }
}
