import { NotFoundException } from '@nestjs/common';
import { Refusal } from '@muniment/domain';
import type { Request } from 'express';

/** What is needed of a layer of the router of Express 5: one without a route is a middleware. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * Nest says "not found" of every request that no route takes. Where others are taken at the same address it is the method that is wrong: 405, with what is allowed
 * (RFC 9110 section 15.5.6).
 */
export function missedRoute(error: unknown, request: Request): unknown {
  if (!(error instanceof NotFoundException)) return error;
  const allow = methodsAt(request);
  if (allow.length === 0) return error;
  return new Refusal('method_not_allowed', `${request.method} is not for this address; it takes ${allow.join(', ')}.`, { allow });
}

function methodsAt({ app, path }: Request): readonly string[] {
  const { stack } = app.router as unknown as { readonly stack: readonly Layer[] };
  const methods = stack.flatMap((layer) => (layer.route !== undefined && layer.match(path) ? Object.keys(layer.route.methods) : []));
  const named = new Set(methods.map((method) => method.toUpperCase()));
  // Express answers it from the route of GET.
  if (named.has('GET')) named.add('HEAD');
  return [...named].toSorted();
}
