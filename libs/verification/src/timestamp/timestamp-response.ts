import { X509Certificate } from 'node:crypto';
import { ASN1Obj, RFC3161Timestamp } from '@sigstore/core';
import { TimestampError } from './timestamp-error.js';

/** Authorities answer with one token of some kilobytes; the reader below recurses as deep as the bytes say. */
const longest = 64 * 1024;
const mostCertificates = 16;
const granted: readonly bigint[] = [0n, 1n];

/** A TimeStampResp (RFC 3161 section 2.4.2). Its getters throw for what is not there: read it inside {@link reading}. */
export class TimestampResponse extends RFC3161Timestamp {
  static read(bytes: Uint8Array): TimestampResponse {
    if (bytes.length > longest) throw new TimestampError(`it is longer than ${longest} bytes`);
    const response = reading(() => new TimestampResponse(ASN1Obj.parseBuffer(Buffer.from(bytes))));
    if (!reading(() => granted.includes(response.status))) throw new TimestampError('the authority did not grant it');
    return response;
  }

  /** RSA in CMS names no digest of its own (rsaEncryption, RFC 5652 section 5.3): the digest of the signer counts. */
  override get signatureAlgorithm(): string {
    const named: string | undefined = super.signatureAlgorithm;
    return named ?? this.signerDigestAlgorithm;
  }

  /** What the authority sent along. Nobody has to believe any of them. */
  certificates(): readonly X509Certificate[] {
    return reading(() => {
      const tagged = (parent: ASN1Obj | undefined): ASN1Obj | undefined => parent?.subs.find(({ tag }) => tag.isContextSpecific(0));
      const signedData = tagged(this.root.subs[1])?.subs[0];
      return (tagged(signedData)?.subs ?? []).slice(0, mostCertificates).map((one) => new X509Certificate(one.toDER()));
    });
  }
}

/** Runs a reader of untrusted ASN.1; whatever it trips over makes the bytes no timestamp. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TimestampError) throw error;
    throw new TimestampError('it is no RFC 3161 timestamp that can be read');
  }
}
