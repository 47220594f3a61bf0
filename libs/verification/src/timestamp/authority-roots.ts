import { X509Certificate } from 'node:crypto';
import { PinError } from '../keys/pin-error.js';

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Every certificate of a PEM text, each to be an end of chains. Throws {@link PinError} where there is none or one cannot be read. */
export function authorityRoots(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(certificate) ?? [];
  if (blocks.length === 0) throw new PinError('The root of a timestamp authority must be a PEM file with "BEGIN CERTIFICATE".');
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new PinError('The root of a timestamp authority is no X.509 certificate.');
    }
  });
}
