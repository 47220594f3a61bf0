import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** Whether an earlier try went unanswered: what was asked may have been done then. */
  readonly again: boolean;
}

const patienceMs = 60_000;

/** A client that outlives the services: the same request again until somebody answers it, with success or with a refusal. */
export class SoakClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async post(address: string, key: string, body?: unknown): Promise<Answered> {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    return this.send(address, { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  put(address: string, bytes: Buffer): Promise<Answered> {
    return this.send(address, { method: 'PUT', body: new Uint8Array(bytes) });
  }

  get(address: string): Promise<Answered> {
    return this.send(address, {});
  }

  /** Digest of what is served, or the refusal. A server error is asked again: what was being deleted is then gone. */
  async digestOf(address: string): Promise<{ readonly sha256: string } | Answered> {
    const { answer, again } = await this.answered(address, {});
    if (answer.ok)
      return {
        sha256: createHash('sha256')
          .update(Buffer.from(await answer.arrayBuffer()))
          .digest('hex'),
      };
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, again };
  }

  private async send(address: string, init: RequestInit): Promise<Answered> {
    const { answer, again } = await this.answered(address, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, again };
  }

  private async answered(address: string, init: RequestInit): Promise<{ readonly answer: Response; readonly again: boolean }> {
    const deadline = Date.now() + patienceMs;
    for (let last: unknown = null; ; ) {
      try {
        const headers = { Authorization: `Bearer ${this.token}`, ...(init.headers as Record<string, string> | undefined) };
        const answer = await fetch(this.url + address, { ...init, headers, signal: AbortSignal.timeout(20_000) });
        const bytes = await answer.arrayBuffer();
        const whole = new Response(bytes.byteLength === 0 ? null : bytes, { status: answer.status });
        const busy = answer.status === 409 && Buffer.from(bytes).includes('idempotency_in_progress');
        if (answer.status < 500 && !busy) return { answer: whole, again: last !== null };
        last = `${answer.status} ${Buffer.from(bytes).toString('utf8').slice(0, 300)}`;
      } catch (error) {
        last = error;
      }
      if (Date.now() > deadline) throw new Error(`${init.method ?? 'GET'} ${address} in vain for ${patienceMs} ms: ${String(last)}`);
      await pause(40 + Math.random() * 60);
    }
  }
}
