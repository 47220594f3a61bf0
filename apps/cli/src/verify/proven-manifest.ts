import type { MunimentClient } from '@muniment/client';
import type { PackageAnswer } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import { CheckList } from '@muniment/verification';
import { CliError } from '../exit-codes.js';
import { readManifest } from './read-manifest.js';

/** The manifest of a package, or an error (11): for commands that do nothing with one that does not prove itself. */
export async function provenManifest(client: MunimentClient, pkg: PackageAnswer): Promise<Manifest> {
  const list = new CheckList();
  const manifest = await readManifest(client, pkg, 'the archive’s own word', list);
  if (manifest !== null) return manifest;
  const [failed] = list.failed;
  throw new CliError(
    'digest_mismatch',
    `The manifest of package ${pkg.id} does not prove itself (${failed?.check ?? 'manifest'}). Nothing was written.`,
    { package_id: pkg.id, checks: list.failed },
  );
}
