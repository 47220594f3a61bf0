import { randomUUID } from 'node:crypto';
import { evidenceHttp } from '@muniment/contracts';
import type { EvidenceAnswer, EvidenceListAnswer, KeyAnswer, RelayedAnswer } from '@muniment/contracts';
import { encodePath, queryOf } from './address.js';
import { parsed, type JsonCalls } from './json-calls.js';
import type { Transport } from './transport.js';

/** Attestations, signatures and public keys. Part of {@link MunimentClient}; bytes come as they are, for the caller to check. */
export class EvidenceClient {
  constructor(
    private readonly calls: JsonCalls,
    private readonly transport: Transport,
  ) {}

  /** Everything that was signed about a package, by name; with a digest (`sha256:<hex>`) only what is about that file or member. */
  async list(packageId: string, digest?: string): Promise<readonly EvidenceAnswer[]> {
    return (await this.listing(packageId, digest)).attestations;
  }

  /** The same, and how far the archive is with what it signs itself; whether that is enough, {@link MunimentClient.package} tells too. */
  async listing(packageId: string, digest?: string): Promise<EvidenceListAnswer> {
    const target = `/packages/${encodeURIComponent(packageId)}/attestations${queryOf({ digest })}`;
    return parsed(evidenceHttp.evidenceListAnswer, await this.calls.get(target));
  }

  /** Gives the archive what somebody else signed, byte for byte: one bundle or envelope. */
  async relay(packageId: string, attestation: Uint8Array, key: string = randomUUID()): Promise<RelayedAnswer> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const target = `/packages/${encodeURIComponent(packageId)}/attestations`;
    const body = (): Uint8Array<ArrayBuffer> => new Uint8Array(attestation);
    return parsed(evidenceHttp.relayedAnswer, await this.transport.json({ method: 'POST', target, headers, body }));
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
