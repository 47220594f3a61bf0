import { randomUUID } from 'node:crypto';
import { eventsHttp, retentionHttp } from '@muniment/contracts';
import type {
  ClassesAnswer,
  EventAnswer,
  HoldAnswer,
  PreviewAnswer,
  RetentionAnswer,
  SweepAnswer,
  SweepBody,
  ValidationAnswer,
  ValidationBody,
} from '@muniment/contracts';
import { queryOf } from './address.js';
import { listOf, parsed, type JsonCalls } from './json-calls.js';

/** What would be let go at an instant, one page. `after` is the `next` of the page before. */
export interface PreviewQuery {
  /** RFC 3339; absent: now. */
  readonly at?: string;
  /** As if this hold had ended. */
  readonly without_hold?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** How long packages are kept, and why. Part of {@link MunimentClient}; every act needs a reason. */
export class RetentionClient {
  constructor(private readonly calls: JsonCalls) {}

  /** With `asOf` as the log knew it at that instant. */
  async explain(packageId: string, asOf?: string): Promise<RetentionAnswer> {
    return parsed(retentionHttp.retentionAnswer, await this.calls.get(`${target(packageId)}${queryOf({ as_of: asOf })}`));
  }

  /** Everything that happened to the package's retention, oldest first. */
  async history(packageId: string): Promise<readonly EventAnswer[]> {
    return listOf(eventsHttp.eventAnswer, await this.calls.get(`${target(packageId)}/history`));
  }

  async extend(packageId: string, newExpiresAt: string, reason: string, key: string = randomUUID()): Promise<RetentionAnswer> {
    const body = { new_expires_at: newExpiresAt, reason };
    return parsed(retentionHttp.retentionAnswer, await this.calls.post(`${target(packageId)}/extensions`, body, key));
  }

  /** Stops deletion until the hold is released. The same key applies one hold, however often it is sent. */
  async hold(packageId: string, reason: string, key: string = randomUUID()): Promise<HoldAnswer> {
    return parsed(retentionHttp.holdAnswer, await this.calls.post(`${target(packageId)}/holds`, { reason }, key));
  }

  async release(packageId: string, holdId: string, reason: string, key: string = randomUUID()): Promise<RetentionAnswer> {
    const address = `${target(packageId)}/holds/${encodeURIComponent(holdId)}/release`;
    return parsed(retentionHttp.retentionAnswer, await this.calls.post(address, { reason }, key));
  }

  /** Takes the package out of the trash. */
  async restore(packageId: string, reason: string, key: string = randomUUID()): Promise<RetentionAnswer> {
    return parsed(retentionHttp.retentionAnswer, await this.calls.post(`${target(packageId)}/restorations`, { reason }, key));
  }

  async validate(packageId: string, body: ValidationBody, key: string = randomUUID()): Promise<ValidationAnswer> {
    const address = `/packages/${encodeURIComponent(packageId)}/validations`;
    return parsed(retentionHttp.validationAnswer, await this.calls.post(address, body, key));
  }

  async previewPage(query: PreviewQuery): Promise<PreviewAnswer> {
    return parsed(retentionHttp.previewAnswer, await this.calls.get(`/retention/preview${queryOf({ ...query })}`));
  }

  async classes(): Promise<ClassesAnswer> {
    return parsed(retentionHttp.classesAnswer, await this.calls.get('/retention/classes'));
  }

  /** Marks what is due; with `dry_run` it only says what it would mark. */
  async sweep(body: SweepBody = {}, key: string = randomUUID()): Promise<SweepAnswer> {
    return parsed(retentionHttp.sweepAnswer, await this.calls.post('/retention/sweeps', body, key));
  }
}

function target(packageId: string): string {
  return `/packages/${encodeURIComponent(packageId)}/retention`;
}
