import type { Hash } from 'node:crypto';
import { createMessage, enums, readKey, readSignature, verify, type SignaturePacket } from 'openpgp';

/** Digests a signature may be made over here, by their number in RFC 9580. Weaker ones are no signature. */
const hashes: ReadonlyMap<number, string> = new Map([
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
]);

export class OpenpgpError extends Error {
  override readonly name = 'OpenpgpError';
}

/** One detached OpenPGP signature (version 4) over the bytes of a file. */
export class DetachedSignature {
  private constructor(
    private readonly armored: string,
    /** Name of the digest that the content must be fed into, as `node:crypto` calls it. */
    readonly hashName: string,
    /** RFC 3339; the signer's own word. */
    readonly createdAt: string,
    private readonly hashedPart: Uint8Array,
  ) {}

  static async read(armored: string): Promise<DetachedSignature> {
    const packet = await onlyPacket(armored);
    const { version, signatureType, hashAlgorithm, created, signatureData } = packet;
    if (version !== 4 || signatureType !== enums.signature.binary) throw new OpenpgpError('it is no version 4 signature of a file');
    const hashName = hashAlgorithm === null ? undefined : hashes.get(hashAlgorithm);
    if (hashName === undefined || created === null || !(signatureData instanceof Uint8Array))
      throw new OpenpgpError('its digest algorithm is not SHA-2');
    return new DetachedSignature(armored, hashName, created.toISOString(), signatureData);
  }

  /**
   * Whether this certificate's key made the signature over the content. `content`: a running digest of {@link hashName} over all of it, left usable. Throws
   * {@link OpenpgpError} with the reason when it did not: another key, other bytes, a key that had expired or was revoked when it signed.
   */
  async assertMadeBy(certificate: string, content: Hash, now: Date): Promise<void> {
    try {
      const signature = await readSignature({ armoredSignature: this.armored });
      const verificationKeys = await readKey({ armoredKey: certificate });
      // The library would read the whole content again, through a slower stream; a signature that carries its digest is not digested again. Were this
      // ever ignored, the empty message below would not verify: it can only fail.
      Reflect.set(signature.packets[0] ?? {}, 'hashed', this.digestOf(content));
      const message = await createMessage({ binary: new Uint8Array() });
      const { signatures } = await verify({ message, signature, verificationKeys, date: now, expectSigned: true });
      await Promise.all(signatures.map(({ verified }) => verified));
    } catch (error) {
      throw new OpenpgpError(error instanceof Error ? error.message : String(error));
    }
  }

  /** RFC 9580 section 5.2.4: the content, then the hashed part of the signature, then its version and length. */
  private digestOf(content: Hash): Uint8Array {
    const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
    trailer.writeUInt32BE(this.hashedPart.length, 2);
    return content.copy().update(this.hashedPart).update(trailer).digest();
  }
}

async function onlyPacket(armored: string): Promise<SignaturePacket> {
  try {
    const { packets } = await readSignature({ armoredSignature: armored });
    const [packet] = packets;
    if (packets.length !== 1 || packet === undefined) throw new OpenpgpError('it must hold exactly one signature');
    return packet;
  } catch (error) {
    throw error instanceof OpenpgpError ? error : new OpenpgpError(error instanceof Error ? error.message : String(error));
  }
}

/** Fingerprint of an armored certificate, upper-case hexadecimal. Throws {@link OpenpgpError}. */
export async function fingerprintOf(certificate: string): Promise<string> {
  try {
    return (await readKey({ armoredKey: certificate })).getFingerprint().toUpperCase();
  } catch (error) {
    throw new OpenpgpError(error instanceof Error ? error.message : String(error));
  }
}
