import { actorOf, assertMay, Refusal, requestFinalization, type Principal } from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';
import { decideAndAppend } from '../pipeline/decide-and-append.js';

export interface FinalizationRequest {
  readonly caller: Principal;
  readonly packageId: string;
  readonly traceparent: string | null;
}

/** Records that the package is complete; the hasher finalizes it once every file is verified. */
export class RequestFinalization {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly clock: Clock,
  ) {}

  async execute({ caller, packageId, traceparent }: FinalizationRequest): Promise<void> {
    const now = this.clock.now();
    await decideAndAppend(this.log, {
      packageId,
      attribution: { actor: actorOf(caller), time: now, ...(traceparent === null ? {} : { traceparent }) },
      load: async () => {
        const loaded = await this.states.package(packageId);
        if (!loaded) throw new Refusal('package_not_found', `There is no package ${packageId}.`);
        assertMay(caller, 'write', loaded.package.description.repository);
        return loaded;
      },
      revisionOf: (loaded) => loaded.package.revision,
      decide: (loaded) => requestFinalization(loaded.package, loaded.counts, { now }),
    });
  }
}
