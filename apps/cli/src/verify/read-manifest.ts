import type { MunimentClient } from '@muniment/client';
import { parseEvent, type PackageAnswer } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import { decodeCbor, encodeCbor, sha256Hex } from '@muniment/formats';
import { CliError } from '../exit-codes.js';
import type { CheckList } from '@muniment/verification';

const digestOfIt = 'the digest of the manifest';

/**
 * The manifest, trusted only as far as it proves itself: its bytes have the digest the archive names, are canonical, and speak of this
 * package. Null when one of that fails; the list tells which.
 */
export async function readManifest(client: MunimentClient, pkg: PackageAnswer, word: string, list: CheckList): Promise<Manifest | null> {
  const named = pkg.manifest_digest;
  if (pkg.state === 'created' || named === undefined) {
    throw new CliError(
      'check_failed',
      `Package ${pkg.id} is not finalized yet; it has no manifest to verify against. Finalize it or wait.`,
      {
        package_id: pkg.id,
        state: pkg.state,
      },
    );
  }
  const bytes = await client.manifestCbor(pkg.id);
  if (!list.equal('manifest.digest', pkg.id, named, `sha256:${sha256Hex(bytes)}`, word)) return null;
  const manifest = decodedManifest(bytes, pkg.id, list);
  if (manifest === null || !list.equal('manifest.package', pkg.id, pkg.id, manifest.package.package_id, digestOfIt)) return null;
  return manifest;
}

export function decodedManifest(bytes: Uint8Array, packageId: string, list: CheckList): Manifest | null {
  try {
    const value = decodeCbor(bytes);
    const canonical = Buffer.from(encodeCbor(value)).equals(bytes);
    if (
      !list.holds(
        'manifest.canonical',
        packageId,
        canonical,
        canonical ? `${bytes.length} bytes of canonical CBOR` : 'not canonical CBOR',
        digestOfIt,
      )
    )
      return null;
    const event = parseEvent('v1.package.finalized', value);
    if (event?.type === 'v1.package.finalized') return event.payload;
  } catch (error) {
    list.holds('manifest.canonical', packageId, false, error instanceof Error ? error.message : String(error), digestOfIt);
    return null;
  }
  list.holds('manifest.canonical', packageId, false, 'not a manifest this version knows', digestOfIt);
  return null;
}
