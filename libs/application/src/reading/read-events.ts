import { Refusal, type Principal } from '@muniment/domain';
import type { EventLog, SequencedEvent } from '../ports/event-log.js';
import { readableRepositories } from './read-package.js';

export interface EventsRequest {
  readonly caller: Principal;
  readonly after: bigint;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly subjectId?: string;
}

/** The log as a reader may see it: confined to the repositories of its token. */
export class ReadEvents {
  constructor(private readonly log: EventLog) {}

  async execute({ caller, ...query }: EventsRequest): Promise<readonly SequencedEvent[]> {
    const repositories = readableRepositories(caller);
    if (repositories.length === 0) throw new Refusal('forbidden', `Token "${caller.name}" may not read events.`);
    return this.log.read({ ...query, repositories });
  }

  onNew(listener: () => void): () => void {
    return this.log.onSequenced(listener);
  }
}
