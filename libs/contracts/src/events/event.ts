import type { z } from 'zod';
import type { DomainEvent } from '@muniment/domain';

/** One declaration per event type; the schema is typed against the domain type, so the compiler keeps the two equal. */
export interface EventDeclaration<Type extends DomainEvent['type'] = DomainEvent['type']> {
  readonly type: Type;
  readonly description: string;
  readonly payload: z.ZodType<Extract<DomainEvent, { type: Type }>['payload']>;
}

export function declareEvent<Type extends DomainEvent['type']>(event: EventDeclaration<Type>): EventDeclaration<Type> {
  return event;
}
