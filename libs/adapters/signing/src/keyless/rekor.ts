import { hash } from 'node:crypto';
import { z } from 'zod';
import { leafHash, rootFromInclusion, type LogEntry } from '@muniment/formats';
import { postJson } from '../http/post-json.js';

/** Rekor answers once a checkpoint covers the entry; its own guide asks for at least 20 s (CLIENTS.md of rekor-tiles). */
const patienceMs = 30_000;
const number = z.string().regex(/^\d{1,19}$/);
const base64 = z.base64().max(65_536);
const answer = z.object({
  logIndex: number,
  logId: z.object({ keyId: base64 }),
  kindVersion: z.object({ kind: z.literal('hashedrekord'), version: z.literal('0.0.2') }),
  inclusionProof: z.object({
    logIndex: number,
    rootHash: base64,
    treeSize: number,
    hashes: z.array(base64).max(64).default([]),
    checkpoint: z.object({ envelope: z.string().max(65_536) }),
  }),
  canonicalizedBody: base64,
});
const entered = z.object({
  spec: z.object({ hashedRekordV002: z.object({ data: z.object({ digest: z.string() }), signature: z.object({ content: z.string() }) }) }),
});

/** A signature on its way into a log. */
export interface LoggedSignature {
  /** What was signed; of a DSSE envelope its pre-authentication encoding. */
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** A Rekor v2 transparency log (`POST /api/v2/log/entries`), which takes `hashedrekord` entries alone. */
export class Rekor {
  constructor(private readonly url: string) {}

  /** Enters the signature. Throws when the log refuses or is away, and for an entry of something else or one that is not in the tree it names. */
  async enter({ bytes, signature, certificate }: LoggedSignature): Promise<LogEntry> {
    const digest = hash('sha256', bytes, 'base64');
    const content = Buffer.from(signature).toString('base64');
    const x509Certificate = { rawBytes: Buffer.from(certificate).toString('base64') };
    const verifier = { x509Certificate, keyDetails: 'PKIX_ECDSA_P256_SHA_256' };
    const body = { hashedRekordRequestV002: { digest, signature: { content, verifier } } };
    const parsed = answer.safeParse(await postJson(`${this.url}/api/v2/log/entries`, body, patienceMs));
    if (!parsed.success) throw new Error('the transparency log answered without an entry');
    assertOf(parsed.data, digest, content);
    assertIncluded(parsed.data);
    return parsed.data;
  }
}

function assertOf({ canonicalizedBody }: LogEntry, digest: string, content: string): void {
  const body = entered.safeParse(jsonOf(canonicalizedBody));
  const { data, signature } = body.data?.spec.hashedRekordV002 ?? {};
  if (data?.digest !== digest || signature?.content !== content) throw new Error('the transparency log entered something else');
}

/** That the checkpoint is the log's, only a verifier with a trusted root can say. */
function assertIncluded({ canonicalizedBody, inclusionProof }: LogEntry): void {
  const { logIndex, treeSize, hashes, rootHash } = inclusionProof;
  const proof = hashes.map((one) => Buffer.from(one, 'base64'));
  const root = rootFromInclusion(leafHash(Buffer.from(canonicalizedBody, 'base64')), Number(logIndex), Number(treeSize), proof);
  if (root === null || !Buffer.from(rootHash, 'base64').equals(root)) throw new Error('the proof of the transparency log does not hold');
}

function jsonOf(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    return null;
  }
}
