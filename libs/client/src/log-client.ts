import { queryOf } from './address.js';
import type { Transport } from './transport.js';

const text = { accept: 'text/plain' };

/** Log witnesses whose signatures a checkpoint has to bear: at least so many of those named. */
export interface WantedCosigners {
  readonly least: number;
  readonly by: readonly string[];
}

/**
 * The signed tree of the log. Part of {@link MunimentClient}; proofs are the archive's text, for the caller to check. Each is of the latest checkpoint, or
 * of the latest that bears the cosignatures wanted: just after an append that is an older one.
 */
export class LogClient {
  constructor(private readonly transport: Transport) {}

  /** The signed checkpoint, with its cosignatures. */
  checkpoint(wanted: WantedCosigners | null = null): Promise<string> {
    return this.read('/log/checkpoint', {}, wanted);
  }

  /** A `.tlog-proof` of an event. */
  proof(sequence: number, wanted: WantedCosigners | null = null): Promise<string> {
    return this.read('/log/proof', { sequence }, wanted);
  }

  /** A `.tlog-proof` of the event that finalized a package. */
  packageProof(packageId: string, wanted: WantedCosigners | null = null): Promise<string> {
    return this.read(`/packages/${encodeURIComponent(packageId)}/log-proof`, {}, wanted);
  }

  /** That the checkpoint continues an older tree. */
  consistency(from: number, wanted: WantedCosigners | null = null): Promise<string> {
    return this.read('/log/consistency', { from }, wanted);
  }

  private async read(path: string, about: Readonly<Record<string, number>>, wanted: WantedCosigners | null): Promise<string> {
    const target = path + queryOf({ ...about, ...(wanted === null ? {} : { cosignatures: wanted.least, witness: wanted.by }) });
    return Buffer.from(await this.transport.bytes({ method: 'GET', target, headers: text })).toString('utf8');
  }
}
