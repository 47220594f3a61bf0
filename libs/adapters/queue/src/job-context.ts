import { BaseRpcContext } from '@nestjs/microservices';

/** What a handler may know about its attempt. Injected by `@Ctx()`. */
export class JobContext extends BaseRpcContext<[AttemptFacts]> {
  constructor(facts: AttemptFacts) {
    super([facts]);
  }
  get jobId(): string {
    return this.args[0].jobId;
  }
  /** 1 for the first try; push-backs do not count. */
  get attempt(): number {
    return this.args[0].attempt;
  }
  /** No try follows this one when it fails. */
  get isLastTry(): boolean {
    return this.args[0].isLastTry;
  }
  /** W3C trace context to hand on to what the attempt causes. */
  get traceparent(): string | null {
    return this.args[0].traceparent;
  }
  /**
   * Aborted when the service is asked to stop or the lock on the job is lost. A long attempt may then throw a PushBack, which
   * gives the job back without spending an attempt; going on is allowed until the drain time is over.
   */
  get signal(): AbortSignal {
    return this.args[0].signal;
  }
}

export interface AttemptFacts {
  readonly jobId: string;
  readonly attempt: number;
  readonly isLastTry: boolean;
  readonly traceparent: string | null;
  readonly signal: AbortSignal;
}
