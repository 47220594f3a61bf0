import { z } from 'zod';
import { declareJob } from './job.js';

const tick = z.strictObject({});

export const expireUploads = declareJob({
  name: 'expire-uploads',
  lane: 'schedule',
  description: 'Ends upload sessions past their time and gives up their staged bytes',
  payload: tick,
  jobId: () => 'expire-uploads',
  attempts: 1,
  backoffMs: 1000,
});

export const reapStaging = declareJob({
  name: 'reap-staging',
  lane: 'schedule',
  description: 'Removes staged bytes and unreferenced blobs that nothing needs and that are older than the reaper age',
  payload: tick,
  jobId: () => 'reap-staging',
  attempts: 1,
  backoffMs: 1000,
});

export const deriveDueWork = declareJob({
  name: 'derive-due-work',
  lane: 'schedule',
  description: 'Adds again, from the log, jobs whose work is still due',
  payload: tick,
  jobId: () => 'derive-due-work',
  attempts: 1,
  backoffMs: 1000,
});

export const sweepRetention = declareJob({
  name: 'sweep-retention',
  lane: 'schedule',
  description: 'Marks packages that may be deleted and brings curated sets up to date; deletes nothing',
  payload: tick,
  jobId: () => 'sweep-retention',
  attempts: 1,
  backoffMs: 1000,
});

export const measureLedger = declareJob({
  name: 'measure-ledger',
  lane: 'schedule',
  description: 'Counts packages and bytes per repository',
  payload: tick,
  jobId: () => 'measure-ledger',
  attempts: 1,
  backoffMs: 1000,
});

export const collectAutomatically = declareJob({
  name: 'collect-automatically',
  lane: 'schedule',
  description: 'Plans and starts a collection, where the operator switched that on',
  payload: tick,
  jobId: () => 'collect-automatically',
  attempts: 1,
  backoffMs: 1000,
});
