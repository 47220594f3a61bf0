import type { EvidenceItem } from '@muniment/domain';
import {
  bundleMediaType,
  envelopeMediaType,
  identify,
  inTotoPayloadType,
  preAuthEncoding,
  writeBundle,
  writeEnvelope,
} from '@muniment/formats';
import type { Signer } from '../ports/signing.js';
import type { Timestamps } from '../ports/timestamps.js';
import type { WrittenStatement } from './write-statements.js';

/** The driver of a key failed; what it said. */
export class SigningFailed extends Error {
  override readonly name = 'SigningFailed';
}

/** Bytes that an event will refer to. */
export interface NewEvidence {
  readonly item: EvidenceItem;
  readonly bytes: Uint8Array;
}

export interface SignedStatement {
  readonly written: WrittenStatement;
  readonly keyId: string;
  readonly evidence: readonly NewEvidence[];
}

/** One signature, twice in evidence: as Sigstore bundle for those who read bundles, as bare envelope for those who do not. */
export async function signStatement(written: WrittenStatement, signer: Signer, timestamps: Timestamps | null): Promise<SignedStatement> {
  const payload = written.bytes;
  const signature = await sign(signer, preAuthEncoding(inTotoPayloadType, payload));
  const stamps = timestamps === null ? [] : [await timestamps.stamp(signature)];
  const signed = { payload, payloadType: inTotoPayloadType, signature, keyId: signer.key.keyId };
  const name = nameOf(written);
  return {
    written,
    keyId: signer.key.keyId,
    evidence: [
      newEvidence(`${name}.sigstore.json`, bundleMediaType, writeBundle(signed, stamps)),
      newEvidence(`${name}.intoto.jsonl`, envelopeMediaType, writeEnvelope(signed)),
    ],
  };
}

export function newEvidence(name: string, mediaType: string, bytes: Uint8Array): NewEvidence {
  return { item: { name, media_type: mediaType, ...identify(bytes) }, bytes };
}

async function sign(signer: Signer, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await signer.sign(bytes);
  } catch (error) {
    throw new SigningFailed(`the key ${signer.key.name} did not sign`, { cause: error });
  }
}

/** `archive-receipt.r9`, and `.p2of3` where there are several parts: unique within the package. */
function nameOf({ due, part, parts }: WrittenStatement): string {
  return `${due.statement}.r${due.aboutRevision}${parts === 1 ? '' : `.p${part}of${parts}`}`;
}
