import { tmpdir } from 'node:os';
import { z } from 'zod';
import { normalizeProjectName } from '@muniment/formats';

/** Configuration of the hasher alone. */
export const hasherConfig = {
  MUNIMENT_HASHER_THREADS: z.coerce.number().int().min(1).max(64).default(2).describe('Files one process examines at the same time'),
  MUNIMENT_SCRATCH_DIR: z.string().default(tmpdir()).describe('Where archives that need random access are spooled, bounded'),
  MUNIMENT_CRITICAL_WHEELS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map(normalizeProjectName),
    )
    .describe('Projects, separated by commas, that every wheelhouse must hold a wheel of; empty takes any wheels'),
};

export type HasherConfig = { readonly [Key in keyof typeof hasherConfig]: z.output<(typeof hasherConfig)[Key]> };
