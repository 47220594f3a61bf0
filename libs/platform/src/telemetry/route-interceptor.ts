import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';

/**
 * Tells the HTTP instrumentation which route template answered, so that metrics and spans are named by `/packages/:id` and never by a
 * real path. (The Nest instrumentation package stops below version 12.)
 */
export class RouteInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() === 'http') nameRoute(execution.switchToHttp().getRequest<Request>());
    return next.handle();
  }
}

function nameRoute(request: Request): void {
  const route: unknown = request.route;
  if (typeof route !== 'object' || route === null || !('path' in route) || typeof route.path !== 'string') return;
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = route.path;
  trace.getActiveSpan()?.updateName(`${request.method} ${route.path}`);
}
