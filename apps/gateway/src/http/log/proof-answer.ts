import type { Request, Response } from 'express';
import type { Consistency, Inclusion } from '@muniment/application';
import { Refusal } from '@muniment/domain';
import { encodeJcs, writeConsistencyProof, writeTlogProof } from '@muniment/formats';

export const plainText = 'text/plain; charset=utf-8';
/** Proofs are of the latest checkpoint: soon there is a newer one, and the older proof stays right. */
const forNow = 'private, max-age=1';
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A `.tlog-proof` (C2SP), with the entry as its extra data; or the same as JSON by Accept. */
export function sendInclusion(request: Request, response: Response, inclusion: Inclusion, fileName: string): void {
  const { index, hashes, entry, checkpoint } = inclusion;
  const json = { sequence: index + 1, index, hashes: hashes.map(base64), entry: base64(entry), checkpoint };
  response.setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  send(request, response, writeTlogProof({ index, hashes, checkpoint, extra: entry }), json);
}

/** The body that a log witness is sent (C2SP tlog-witness, add-checkpoint), or the same as JSON by Accept. */
export function sendConsistency(request: Request, response: Response, { older, newer, hashes, checkpoint }: Consistency): void {
  send(request, response, writeConsistencyProof({ older, hashes, checkpoint }), {
    from: older,
    to: newer,
    hashes: hashes.map(base64),
    checkpoint,
  });
}

function send(request: Request, response: Response, text: string, json: unknown): void {
  const chosen = request.accepts(['text/plain', 'application/json']);
  if (chosen === false)
    throw new Refusal('not_acceptable', 'Proofs come as text/plain or as application/json; the Accept header allows neither.');
  response.setHeader('Cache-Control', forNow);
  response.setHeader('Vary', 'Accept, Authorization');
  if (chosen === 'text/plain') response.setHeader('Content-Type', plainText).end(text);
  else response.setHeader('Content-Type', 'application/json').end(encodeJcs(json));
}
