import type { EvidenceItem } from '@muniment/domain';
import {
  bundleMediaType,
  envelopeMediaType,
  identify,
  inTotoPayloadType,
  preAuthEncoding,
  writeBundle,
  writeCertifiedBundle,
  writeEnvelope,
} from '@muniment/formats';
import type { StatementSignature, StatementSigner } from '../ports/signing.js';
import type { Timestamps } from '../ports/timestamps.js';
import type { WrittenStatement } from './write-statements.js';

/** The driver of a key or identity failed; what it said. */
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

/**
 * One signature as evidence. By a key of the keyring twice: as Sigstore bundle for those who read bundles, as bare envelope for those who do not. By a
 * certified key as bundle alone: an envelope has no place for the certificate, so nobody could verify it.
 *
 * @param before How often the statement was signed before, by other keys: their evidence stays, under its own names.
 */
export async function signStatement(
  written: WrittenStatement,
  before: number,
  signer: StatementSigner,
  timestamps: Timestamps | null,
): Promise<SignedStatement> {
  const payload = written.bytes;
  const { signature, keyId, certification } = await sign(signer, preAuthEncoding(inTotoPayloadType, payload));
  if (certification !== null && timestamps === null)
    throw new SigningFailed(`${signer.name} needs a timestamp authority: nothing else shows that its certificate was valid`);
  const stamps = timestamps === null ? [] : [await timestamps.stamp(signature)];
  const signed = { payload, payloadType: inTotoPayloadType, signature, keyId };
  const name = nameOf(written, before);
  const bundle = certification === null ? writeBundle(signed, stamps) : writeCertifiedBundle(signed, certification, stamps);
  const envelope = newEvidence(`${name}.intoto.jsonl`, envelopeMediaType, writeEnvelope(signed));
  const evidence = [newEvidence(`${name}.sigstore.json`, bundleMediaType, bundle), ...(certification === null ? [envelope] : [])];
  return { written, keyId, evidence };
}

export function newEvidence(name: string, mediaType: string, bytes: Uint8Array): NewEvidence {
  return { item: { name, media_type: mediaType, ...identify(bytes) }, bytes };
}

async function sign(signer: StatementSigner, bytes: Uint8Array): Promise<StatementSignature> {
  try {
    return await signer.sign(bytes);
  } catch (error) {
    throw new SigningFailed(`${signer.name} did not sign`, { cause: error });
  }
}

/** `archive-receipt.r9`, `.again1` when it is signed again for the first time, `.p2of3` where there are several parts: unique within the package. */
function nameOf({ due, part, parts }: WrittenStatement, before: number): string {
  const again = before === 0 ? '' : `.again${before}`;
  return `${due.statement}.r${due.aboutRevision}${again}${parts === 1 ? '' : `.p${part}of${parts}`}`;
}
