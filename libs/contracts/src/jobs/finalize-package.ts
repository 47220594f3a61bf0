import { z } from 'zod';
import { declareJob } from './job.js';

export const finalizePackage = declareJob({
  name: 'finalize-package',
  lane: 'pipeline',
  description: 'Makes missing .meta records and the canonical manifest of a package whose files are all verified',
  payload: z.strictObject({ package_id: z.uuid() }),
  jobId: (p) => `finalize-package.${p.package_id}`,
  attempts: 5,
  backoffMs: 500,
});
