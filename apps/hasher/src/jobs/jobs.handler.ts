import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { finalizePackage, verifyFile } from '@muniment/contracts';
import { currentTraceparent, metrics } from '@muniment/platform';
import { HandleJob, JobContext } from '@muniment/queue';
import type { Hasher } from '../open-hasher.js';
import { hasherToken } from '../tokens.js';

const verified = metrics.counter('muniment_files_verified_total', {
  description: 'Files examined by the second witness, by outcome',
  labels: { outcome: ['ingested', 'refused', 'missing', 'already decided'] },
});
const finalized = metrics.counter('muniment_packages_finalized_total', { description: 'Packages that got their manifest', labels: {} });
const seconds = metrics.histogram('muniment_verify_duration_seconds', {
  description: 'Time to verify one file: read, both digests, inspection, event',
  labels: {},
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800],
});

/** Both jobs of the hasher; each may be run any number of times. */
@Controller()
export class JobsHandler {
  constructor(@Inject(hasherToken) private readonly hasher: Hasher) {}

  @HandleJob(verifyFile)
  async verify(@Payload() job: { package_id: string; file_id: string }, @Ctx() context: JobContext): Promise<void> {
    const started = performance.now();
    const { package_id: packageId, file_id: fileId } = job;
    const traceparent = currentTraceparent() ?? context.traceparent;
    const outcome = await this.hasher.verifyFile.execute({ packageId, fileId, traceparent, lastTry: context.isLastTry });
    verified.add(1, { outcome });
    seconds.record((performance.now() - started) / 1000, {});
  }

  @HandleJob(finalizePackage)
  async finalize(@Payload() job: { package_id: string }, @Ctx() context: JobContext): Promise<void> {
    const done = await this.hasher.finalizePackage.execute(job.package_id, currentTraceparent() ?? context.traceparent);
    if (done) finalized.add(1, {});
  }
}
