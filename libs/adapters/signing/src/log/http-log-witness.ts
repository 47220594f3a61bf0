import type { LogWitness, WitnessAnswer } from '@muniment/application';
import { cosignaturesIn } from '@muniment/formats';
import type { WitnessAddress } from './log-config.js';

const patienceMs = 10_000;
/** A witness has no reason to say more: a few signature lines. */
const mostAnswerBytes = 64 * 1024;
const sizeMediaType = 'text/x.tlog.size';

/** A log witness over HTTP (C2SP tlog-witness, add-checkpoint). Only the configured address is called; redirects are refused. */
export class HttpLogWitness implements LogWitness {
  constructor(private readonly address: WitnessAddress) {}

  get name(): string {
    return this.address.key.name;
  }

  async addCheckpoint(request: string, signal: AbortSignal): Promise<WitnessAnswer> {
    const answer = await fetch(`${this.address.url}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: request,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    const text = await boundedText(answer);
    if (answer.status === 200) return { lines: text };
    const known = /^(0|[1-9]\d{0,15})\n?$/.exec(text)?.[1];
    if (answer.status === 409 && known !== undefined && answer.headers.get('content-type')?.startsWith(sizeMediaType) === true)
      return { knows: Number(known) };
    throw new Error(`log witness ${this.name} answered ${answer.status}`);
  }

  cosignatureIn(text: string, lines: string): string | null {
    return cosignaturesIn(text, lines, [this.address.key])[0]?.line ?? null;
  }
}

async function boundedText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> | null = answer.body;
  if (body === null) return '';
  for await (const part of body) {
    bytes += part.length;
    if (bytes > mostAnswerBytes) throw new Error('a log witness answers too much');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
