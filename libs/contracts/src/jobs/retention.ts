import { z } from 'zod';
import { declareJob } from './job.js';

export const curatePackage = declareJob({
  name: 'curate-package',
  lane: 'retention',
  description: "After a validation, brings the curated set of the package's repository and name up to date",
  payload: z.strictObject({ package_id: z.uuid(), validation_id: z.uuid() }),
  jobId: ({ validation_id }) => `curate-package.${validation_id}`,
  attempts: 5,
  backoffMs: 1000,
});

export const executeCollection = declareJob({
  name: 'execute-collection',
  lane: 'collection',
  description: 'Carries out the plan a collection was started with; goes on where a killed attempt stopped',
  payload: z.strictObject({ collection_id: z.uuid() }),
  jobId: ({ collection_id }) => `execute-collection.${collection_id}`,
  attempts: 5,
  backoffMs: 2000,
});
