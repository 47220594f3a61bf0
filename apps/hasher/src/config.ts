import { tmpdir } from 'node:os';
import { z } from 'zod';

/** Configuration of the hasher alone. */
export const hasherConfig = {
  MUNIMENT_HASHER_THREADS: z.coerce.number().int().min(1).max(64).default(2).describe('Files one process examines at the same time'),
  MUNIMENT_SCRATCH_DIR: z.string().default(tmpdir()).describe('Where archives that need random access are spooled, bounded'),
};

export type HasherConfig = { readonly [Key in keyof typeof hasherConfig]: z.output<(typeof hasherConfig)[Key]> };
