import { assertMay, Refusal, type FileState, type Principal } from '@muniment/domain';
import type { PackageFilter, PackageStates, PackageView, PackageViews } from '../ports/views.js';

export interface WholePackage extends PackageView {
  readonly files: readonly FileState[];
}

/** Packages as readers may see them. */
export class ReadPackage {
  constructor(
    private readonly views: PackageViews,
    private readonly states: PackageStates,
  ) {}

  async one(packageId: string, caller: Principal, by: 'read' | 'write' = 'read'): Promise<WholePackage> {
    const view = await this.visible(packageId, caller, by);
    return { ...view, files: await this.states.files(packageId) };
  }

  list(filter: Omit<PackageFilter, 'repositories'>, caller: Principal): Promise<readonly PackageView[]> {
    const repositories = readableRepositories(caller);
    return repositories.length === 0 ? Promise.resolve([]) : this.views.list({ ...filter, repositories });
  }

  /** The canonical CBOR manifest. */
  async manifest(packageId: string, caller: Principal): Promise<Uint8Array> {
    await this.visible(packageId, caller);
    const manifest = await this.views.manifest(packageId);
    if (!manifest)
      throw new Refusal('manifest_not_found', 'The package is not finalized yet, so it has no manifest. Finalize it, or ask again later.');
    return manifest;
  }

  /** Refuses what is not there and what the caller may not read; or may not write, where this answers a write. */
  async visible(packageId: string, caller: Principal, by: 'read' | 'write' = 'read'): Promise<PackageView> {
    const view = await this.views.one(packageId);
    if (!view) throw new Refusal('package_not_found', `There is no package ${packageId}.`);
    assertMay(caller, by, view.state.description.repository);
    return view;
  }
}

/** Repository patterns the caller may read. */
export function readableRepositories(caller: Principal): readonly string[] {
  const reads = caller.verbs.includes('read') || caller.verbs.includes('admin');
  return reads ? caller.repositories : [];
}
