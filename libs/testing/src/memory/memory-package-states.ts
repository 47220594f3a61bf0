import type { PackageStates, RetainedPackage } from '@muniment/application';
import { counterpartPath, parseFilePath, type FileCounts, type FileState, type FileView, type PackageState } from '@muniment/domain';
import type { FoldedPackage } from './fold-package.js';
import type { MemoryLog } from './memory-log.js';

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
    if (!folded) return null;
    const at = (p: string): FileState | null => folded.files.get(p) ?? null;
    return { package: folded.state, counts: countsOf(folded), file: at(path), counterpart: at(counterpartPath(parseFilePath(path))) };
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

/** How many files of the package are in each phase. */
export function countsOf({ files }: FoldedPackage): FileCounts {
  const counts = { received: 0, ingested: 0, refused: 0 };
  for (const { phase } of files.values()) if (phase !== 'released' && phase !== 'removed') counts[phase]++;
  return counts;
}
