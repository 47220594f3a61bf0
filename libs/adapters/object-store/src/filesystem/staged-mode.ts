/** Owner writes, group reads; blobs are hard links to staged files and keep the mode. */
export const stagedMode = 0o640;
