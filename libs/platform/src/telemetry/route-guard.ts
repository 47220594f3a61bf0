import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import type { Request } from 'express';

/**
 * Tells the HTTP instrumentation which route template answers, so that metrics and spans are named by `/packages/:id` and never by a real path. (The Nest
 * instrumentation package stops below version 12.) It keeps nobody out: a guard is what sees the matched route without turning every answer into an
 * observable, as an interceptor does.
 */
export class RouteGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    if (execution.getType() === 'http') nameRoute(execution.switchToHttp().getRequest<Request>());
    return true;
  }
}

function nameRoute(request: Request): void {
  const route: unknown = request.route;
  if (typeof route !== 'object' || route === null || !('path' in route) || typeof route.path !== 'string') return;
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = route.path;
  trace.getActiveSpan()?.updateName(`${request.method} ${route.path}`);
}
