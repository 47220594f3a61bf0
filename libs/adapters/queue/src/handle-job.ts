import type { JobDeclaration } from '@muniment/contracts';
import { EventPattern } from '@nestjs/microservices';
import type { z } from 'zod';
import type { JobContext } from './job-context.js';

/** Marks handlers as ours, so that another transport in the same process does not take them. */
export const jobTransport = Symbol('muniment.jobs');

type HandlerMethod<Schema extends z.ZodType> = (payload: z.output<Schema>, context: JobContext) => unknown;

/**
 * Marks a controller method as the handler of a job. It gets the payload parsed by the declaration (first parameter, or `@Payload()`)
 * and the {@link JobContext} (`@Ctx()`). The job is done when the promise or observable it returns has ended; its value is dropped.
 * Throws {@link Refusal} for a final "no", {@link PushBack} for "later"; anything else is tried again.
 */
export function HandleJob<Name extends string, Schema extends z.ZodType>(job: JobDeclaration<Name, Schema>) {
  return <Method extends HandlerMethod<Schema>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method> => {
    const mark = EventPattern(job.name, jobTransport) as unknown as MethodDecorator;
    mark(target, key, descriptor);
    return descriptor;
  };
}
