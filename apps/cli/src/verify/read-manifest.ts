import type { MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import { sha256Hex } from '@muniment/formats';
import { CliError } from '../exit-codes.js';
import { openManifest, type CheckList } from '@muniment/verification';

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
  const manifest = openManifest(bytes, pkg.id, list);
  if (manifest === null || !list.equal('manifest.package', pkg.id, pkg.id, manifest.package.package_id, digestOfIt)) return null;
  return manifest;
}
