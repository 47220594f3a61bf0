import { z } from 'zod';
import { declareJob } from './job.js';

export const attestPackage = declareJob({
  name: 'attest-package',
  lane: 'signing',
  description: 'After finalization, and when it is asked again, signs the files and every statement about the package that is due',
  payload: z.strictObject({ package_id: z.uuid() }),
  jobId: ({ package_id }) => `attest-package.${package_id}`,
  attempts: 5,
  backoffMs: 1000,
});

export const attestValidation = declareJob({
  name: 'attest-validation',
  lane: 'signing',
  description: 'After a validation, signs every statement about the package that is due',
  payload: z.strictObject({ package_id: z.uuid(), validation_id: z.uuid() }),
  jobId: ({ validation_id }) => `attest-validation.${validation_id}`,
  attempts: 5,
  backoffMs: 1000,
});
