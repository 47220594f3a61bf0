import type { PackageStates, RetainedPackage } from '@muniment/application';
import { parseFilePath, type FileCounts, type FileState, type FileView, type PackageState } from '@muniment/domain';
import type { MemoryLog } from './memory-log.js';
import { countsOf, viewFile } from './view-file.js';

export class MemoryPackageStates implements PackageStates {
  constructor(private readonly log: MemoryLog) {}

  async package(packageId: string): Promise<{ readonly package: PackageState; readonly counts: FileCounts } | null> {
    await Promise.resolve();
    const folded = this.log.packages.get(packageId);
    return folded ? { package: folded.state, counts: countsOf(folded) } : null;
  }

  async fileAt(packageId: string, path: string): Promise<FileView | null> {
    await Promise.resolve();
    const folded = this.log.packages.get(packageId);
    return folded ? viewFile(folded, parseFilePath(path)) : null;
  }

  async fileById(packageId: string, fileId: string): Promise<FileView | null> {
    const files = this.log.packages.get(packageId)?.files.values() ?? [];
    const file = [...files].find((f) => f.fileId === fileId);
    return file ? this.fileAt(packageId, file.path) : null;
  }

  async retention(packageId: string): Promise<RetainedPackage | null> {
    await Promise.resolve();
    const folded = this.log.packages.get(packageId);
    return folded?.retention ? { package: folded.state, retention: folded.retention } : null;
  }

  async files(packageId: string): Promise<readonly FileState[]> {
    await Promise.resolve();
    const files = [...(this.log.packages.get(packageId)?.files.values() ?? [])];
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
