import { queryOf } from './address.js';
import type { Transport } from './transport.js';

const text = { accept: 'text/plain' };

/** The signed tree of the log. Part of {@link MunimentClient}; proofs are the archive's text, for the caller to check. */
export class LogClient {
  constructor(private readonly transport: Transport) {}

  /** The latest signed checkpoint, with its cosignatures. */
  checkpoint(): Promise<string> {
    return this.read('/log/checkpoint');
  }

  /** A `.tlog-proof` of an event. */
  proof(sequence: number): Promise<string> {
    return this.read(`/log/proof${queryOf({ sequence })}`);
  }

  /** A `.tlog-proof` of the event that finalized a package. */
  packageProof(packageId: string): Promise<string> {
    return this.read(`/packages/${encodeURIComponent(packageId)}/log-proof`);
  }

  /** That the latest checkpoint continues an older tree. */
  consistency(from: number): Promise<string> {
    return this.read(`/log/consistency${queryOf({ from })}`);
  }

  private async read(target: string): Promise<string> {
    return Buffer.from(await this.transport.bytes({ method: 'GET', target, headers: text })).toString('utf8');
  }
}
