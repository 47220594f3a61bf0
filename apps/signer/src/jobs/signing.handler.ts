import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { attestPackage, attestValidation } from '@muniment/contracts';
import { statementKinds } from '@muniment/domain';
import { currentTraceparent, metrics } from '@muniment/platform';
import { HandleJob, JobContext } from '@muniment/queue';
import type { Signer } from '../open-signer.js';
import { signerToken } from '../tokens.js';

const signed = metrics.counter('muniment_attestations_signed_total', {
  description: 'Statements signed and accepted, by kind',
  labels: { statement: statementKinds },
});
const signatures = metrics.counter('muniment_signatures_made_total', { description: 'Detached signatures of files', labels: {} });
const seconds = metrics.histogram('muniment_attest_duration_seconds', {
  description: 'Time to sign everything that is due about one package',
  labels: {},
  buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
});

/** Both jobs of the signer do the same: whatever is due about the package. Each may be run any number of times. */
@Controller()
export class SigningHandler {
  constructor(@Inject(signerToken) private readonly signer: Signer) {}

  @HandleJob(attestPackage)
  finalized(@Payload() job: { package_id: string }, @Ctx() context: JobContext): Promise<void> {
    return this.attest(job.package_id, context);
  }

  @HandleJob(attestValidation)
  validated(@Payload() job: { package_id: string }, @Ctx() context: JobContext): Promise<void> {
    return this.attest(job.package_id, context);
  }

  private async attest(packageId: string, context: JobContext): Promise<void> {
    const started = performance.now();
    const done = await this.signer.attest.execute(packageId, currentTraceparent() ?? context.traceparent);
    for (const { payload } of done.statements) signed.add(1, { statement: payload.statement });
    signatures.add(done.signatures, {});
    seconds.record((performance.now() - started) / 1000, {});
  }
}
