import { z } from 'zod';
import { declareJob } from './job.js';

export const verifyFile = declareJob({
  name: 'verify-file',
  lane: 'hashing',
  description: 'Reads the stored bytes of a received file once: both digests, inspection; then ingests or refuses it',
  payload: z.strictObject({ package_id: z.uuid(), file_id: z.uuid() }),
  jobId: (p) => `verify-file.${p.file_id}`,
  attempts: 5,
  backoffMs: 500,
});
