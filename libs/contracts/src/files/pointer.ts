import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a repository keeps of an archived package instead of its bytes (docs/formats/pointer.md). Unknown keys are passed over. */
export const pointer = z.object({
  pointer_version: z.literal(1),
  /** Where the archive tells of the package, as seen by whoever wrote the pointer. */
  url: z.url({ protocol: /^https?$/ }),
  package_id: z.uuid(),
  repository: z.string().min(1).max(512),
  name: z.string().min(1).max(512),
  run: z.object({ id: z.string().min(1), url: z.string().nullable(), commit: z.string().nullable() }).nullable(),
  /** When the package was opened, RFC 3339, UTC. */
  created_at: z.iso.datetime(),
  /** Names the content of the package for ever, wherever the archive is. */
  manifest_digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Every file of the manifest, by path. `size` in bytes. */
  files: z.array(z.object({ path: z.string().min(1).max(4096), size: z.int().nonnegative(), sha256, blake3: z.string().nullable() })),
});
export type Pointer = z.output<typeof pointer>;
