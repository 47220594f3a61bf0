import { finalizePackage } from './finalize-package.js';
import type { JobDeclaration } from './job.js';
import { deriveDueWork, expireUploads, reapStaging } from './upkeep.js';
import { verifyFile } from './verify-file.js';

/** Every job of the system. */
export const jobs = [verifyFile, finalizePackage, expireUploads, reapStaging, deriveDueWork] as unknown as readonly JobDeclaration[];

/** The declaration of that name, if there is one. */
export function jobNamed(name: string): JobDeclaration | undefined {
  return jobs.find((j) => j.name === name);
}
