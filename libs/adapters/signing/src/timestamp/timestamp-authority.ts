import { hash } from 'node:crypto';
import { RFC3161Timestamp } from '@sigstore/core';
import { TimestampFailed, type Timestamps } from '@muniment/application';
import { timestampRequest } from './timestamp-request.js';

const patienceMs = 20_000;
const longestAnswer = 64 * 1024;
const granted: readonly bigint[] = [0n, 1n];

/** An RFC 3161 authority over HTTP. Its answer is kept as it is; whoever trusts the authority verifies it. */
export class TimestampAuthority implements Timestamps {
  constructor(private readonly url: string) {}

  async stamp(signature: Uint8Array): Promise<Uint8Array> {
    try {
      const response = await this.ask(timestampRequest(signature));
      assertAbout(response, signature);
      return response;
    } catch (error) {
      if (error instanceof TimestampFailed) throw error;
      throw new TimestampFailed('the timestamp authority did not answer with a timestamp', { cause: error });
    }
  }

  private async ask(request: Uint8Array): Promise<Buffer> {
    const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(this.url, { method: 'POST', headers, body: Buffer.from(request), redirect: 'error', signal });
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      pieces.push(piece);
      size += piece.byteLength;
      if (size > longestAnswer) throw new TimestampFailed('the timestamp authority answers too much');
    }
    if (!response.ok) throw new TimestampFailed(`the timestamp authority answered ${String(response.status)}`);
    return Buffer.concat(pieces);
  }
}

/** Throws unless the response was granted and is about exactly these bytes. */
function assertAbout(response: Buffer, signature: Uint8Array): void {
  const timestamp = RFC3161Timestamp.parse(Buffer.from(response));
  if (!granted.includes(timestamp.status)) throw new TimestampFailed('the timestamp authority refused');
  if (!timestamp.tstInfo.messageImprintHashedMessage.equals(hash('sha256', signature, 'buffer')))
    throw new TimestampFailed('the timestamp is of other bytes');
}
