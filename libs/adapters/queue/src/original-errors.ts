import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/**
 * Lets errors of job handlers arrive at the queue as they were thrown. Without it Nest replaces them by a plain "Internal server
 * error", and refusals, push-backs and final errors would all be retried.
 *
 * Install it with `app.useGlobalFilters(new OriginalErrors(httpFilter))` **before** `connectMicroservice(..., { inheritAppConfig: true })`:
 * Nest hands global filters to job handlers only then, and it asks only one catch-all filter, so errors of other edges go to `others`.
 */
@Catch()
export class OriginalErrors implements ExceptionFilter {
  constructor(private readonly others?: ExceptionFilter) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    if (host.getType() === 'rpc') return throwError(() => error);
    if (this.others === undefined) throw error;
    return this.others.catch(error, host) as Observable<never> | undefined;
  }
}
