import type { Manifest, ManifestFile } from '@muniment/domain';

/** The file of the manifest that lies somewhere under this path. One that was taken out of a deeper folder is found by its name, when only one file has it. */
export function fileOf({ files }: Manifest, path: string): ManifestFile | undefined {
  const same = files.filter((file) => file.path.slice(file.path.lastIndexOf('/') + 1) === path);
  return files.find((file) => file.path === path) ?? (same.length === 1 ? same[0] : undefined);
}
