import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { throwError, type Observable } from 'rxjs';
import type { Logger } from '../logging/logger.js';
import { currentTraceId } from '../telemetry/tracing.js';
import { missedRoute } from './missed-route.js';
import { problemOf } from './problem-of.js';
import { sendProblem } from './send-problem.js';

/** The one place where errors become answers, for requests and for jobs. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    // Nest would replace the error of a job by a generic object, and the queue could not tell final from temporary.
    if (host.getType() !== 'http') return throwError(() => error);
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<Request>(), http.getResponse<Response>());
    return undefined;
  }

  private answer(error: unknown, request: Request, response: Response): void {
    if (request.destroyed && !request.complete) {
      this.logger.info({ method: request.method, err: error }, 'client went away before its request was complete');
      return;
    }
    const answer = problemOf(missedRoute(error, request), currentTraceId());
    if (!answer.expected) this.logger.error({ method: request.method, route: request.path, err: error }, 'request failed');
    else this.logger.debug({ method: request.method, code: answer.problem.code }, 'request refused');
    if (response.headersSent) {
      // Half of a body is out: only a broken connection tells the client that the rest is missing.
      response.destroy();
      return;
    }
    sendProblem(request, response, answer);
  }
}
