import { counterpartPath, wayOf, type FileCounts, type FilePath, type FileState, type FileView } from '@muniment/domain';
import type { FoldedPackage } from './fold-package.js';

/** What a decision about the file at `path` sees of a package. */
export function viewFile(folded: FoldedPackage, path: FilePath): FileView {
  const at = (p: string): FileState | null => folded.files.get(p) ?? null;
  return {
    package: folded.state,
    counts: countsOf(folded),
    file: at(path),
    counterpart: at(counterpartPath(path)),
    inTheWay: inTheWay(folded, path),
  };
}

/** How many files of the package are in each phase. */
export function countsOf({ files }: FoldedPackage): FileCounts {
  const counts = { received: 0, ingested: 0, refused: 0 };
  for (const { phase } of files.values()) if (phase !== 'released' && phase !== 'removed') counts[phase]++;
  return counts;
}

function inTheWay({ files: all }: FoldedPackage, path: FilePath): string | null {
  const { files, folders } = wayOf(path);
  const blocks = (file: FileState): boolean =>
    file.phase !== 'refused' && (files.includes(file.path) || folders.some((folder) => file.path.startsWith(`${folder}/`)));
  return [...all.values()].find(blocks)?.path ?? null;
}
