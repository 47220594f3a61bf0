import {
  actorOf,
  assertMay,
  createPackage,
  Refusal,
  type CreatePackage as Command,
  type Principal,
  type RetentionClass,
} from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';

export interface CreatePackageRequest {
  readonly caller: Principal;
  /** Fixed by the caller's Idempotency-Key where there is one, so that a retry after a crash finds the package instead of making another. */
  readonly packageId: string;
  readonly command: Omit<Command, 'description'> & { readonly description: Omit<Command['description'], 'package_id'> };
  readonly traceparent: string | null;
}

export class CreatePackage {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly classes: () => readonly RetentionClass[],
    private readonly clock: Clock,
  ) {}

  /** Returns the id; the same id again when the very same package was created under it before. */
  async execute({ caller, packageId, command, traceparent }: CreatePackageRequest): Promise<string> {
    assertMay(caller, 'write', command.description.repository);
    const now = this.clock.now();
    const description = { package_id: packageId, ...command.description };
    const facts = createPackage({ description, retentionClass: command.retentionClass }, this.classes(), { now });
    try {
      await this.log.append({
        subject: { kind: 'package', id: packageId },
        expectedRevision: 0,
        facts,
        attribution: { actor: actorOf(caller), time: now, ...(traceparent === null ? {} : { traceparent }) },
      });
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      const existing = await this.states.package(packageId);
      if (existing?.package.description.repository !== description.repository || existing.package.description.name !== description.name) {
        throw new Refusal('idempotency_key_reused', 'This Idempotency-Key already made another package. Use a new key for a new request.');
      }
    }
    return packageId;
  }
}
