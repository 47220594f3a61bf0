import { attestPackage, attestValidation } from './attestation.js';
import { finalizePackage } from './finalize-package.js';
import type { JobDeclaration } from './job.js';
import { curatePackage, executeCollection } from './retention.js';
import { collectAutomatically, deriveDueWork, expireUploads, measureLedger, reapStaging, sweepRetention } from './upkeep.js';
import { verifyFile } from './verify-file.js';

/** Every job of the system. */
export const jobs = [
  verifyFile,
  finalizePackage,
  curatePackage,
  attestPackage,
  attestValidation,
  executeCollection,
  expireUploads,
  reapStaging,
  deriveDueWork,
  sweepRetention,
  measureLedger,
  collectAutomatically,
] as unknown as readonly JobDeclaration[];

/** The declaration of that name, if there is one. */
export function jobNamed(name: string): JobDeclaration | undefined {
  return jobs.find((j) => j.name === name);
}
