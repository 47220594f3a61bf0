import { evidenceHttp } from '@muniment/contracts';
import type { EvidenceAnswer, KeyAnswer } from '@muniment/contracts';
import { encodePath } from './address.js';
import { parsed, type JsonCalls } from './json-calls.js';
import type { Transport } from './transport.js';

/** Attestations, signatures and public keys. Part of {@link MunimentClient}; bytes come as they are, for the caller to check. */
export class EvidenceClient {
  constructor(
    private readonly calls: JsonCalls,
    private readonly transport: Transport,
  ) {}

  /** Everything that was signed about a package, by name. */
  async list(packageId: string): Promise<readonly EvidenceAnswer[]> {
    return parsed(evidenceHttp.evidenceListAnswer, await this.calls.get(`/packages/${encodeURIComponent(packageId)}/attestations`))
      .attestations;
  }

  /** One bundle, envelope or detached signature. */
  bytes(packageId: string, name: string): Promise<Uint8Array> {
    return this.transport.bytes({ method: 'GET', target: `/packages/${encodeURIComponent(packageId)}/attestations/${encodePath(name)}` });
  }

  /** Public keys of the archive, past ones included. */
  async keys(): Promise<readonly KeyAnswer[]> {
    return parsed(evidenceHttp.keyListAnswer, await this.calls.get('/keys')).keys;
  }

  /** The package's retention history in its canonical encodings. */
  history(packageId: string, mediaType: 'application/json' | 'application/cbor'): Promise<Uint8Array> {
    const target = `/packages/${encodeURIComponent(packageId)}/retention/history`;
    return this.transport.bytes({ method: 'GET', target, headers: { accept: mediaType } });
  }
}
