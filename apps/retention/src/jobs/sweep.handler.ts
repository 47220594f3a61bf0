import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { retentionService } from '@muniment/application';
import { curatePackage, sweepRetention } from '@muniment/contracts';
import type { Attribution } from '@muniment/domain';
import { currentTraceparent, metrics } from '@muniment/platform';
import { HandleJob, JobContext } from '@muniment/queue';
import type { Keeper } from '../open-keeper.js';
import { keeperToken } from '../tokens.js';

const marked = metrics.counter('muniment_retention_marked_total', {
  description: 'Packages that sweeps found may be deleted',
  labels: {},
});
const curated = metrics.counter('muniment_retention_curated_total', {
  description: 'Packages that joined or left the curated set of their name',
  labels: { change: ['promoted', 'demoted'] },
});
const seconds = metrics.histogram('muniment_retention_sweep_duration_seconds', {
  description: 'How long a sweep took',
  labels: {},
  buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120, 600],
});

/** What time and validations change about packages without anybody asking: marks and curated sets. Deletes nothing. */
@Controller()
export class SweepHandler {
  constructor(@Inject(keeperToken) private readonly keeper: Keeper) {}

  @HandleJob(sweepRetention)
  async sweep(_: unknown, @Ctx() context: JobContext): Promise<void> {
    const started = performance.now();
    const swept = await this.keeper.sweep.execute({ dryRun: false, attribution: this.attribution(context) });
    seconds.record((performance.now() - started) / 1000, {});
    marked.add(swept.marked.length, {});
    if (swept.marked.length === 0) return;
    this.keeper.host.logger.info({ asOf: swept.asOf, marked: swept.marked.length }, 'sweep marked packages whose time is over');
  }

  @HandleJob(curatePackage)
  async curate(@Payload() { package_id: ofPackage }: { package_id: string }, @Ctx() context: JobContext): Promise<void> {
    const { promoted, demoted } = await this.keeper.curate.execute({ ofPackage, attribution: this.attribution(context) });
    curated.add(promoted.length, { change: 'promoted' });
    curated.add(demoted.length, { change: 'demoted' });
  }

  private attribution(context: JobContext): Attribution {
    const traceparent = currentTraceparent() ?? context.traceparent;
    return { actor: retentionService, time: this.keeper.archive.clock.now(), ...(traceparent === null ? {} : { traceparent }) };
  }
}
