import type { NextFunction, Request, Response } from 'express';
import type { Authenticate } from '@muniment/application';
import { Refusal, type Principal } from '@muniment/domain';
import { currentTraceId, problemOf, sendProblem } from '@muniment/platform';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

const principals = new WeakMap<object, Principal>();

/** Default deny: without a live token the answer is 401, whatever the address, unless it is one that the operator opened to everybody. */
export function authentication(authenticate: Authenticate, isOpen: (request: Request) => boolean) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const token = presentedToken(request.headers.authorization);
    const who = token === null ? Promise.resolve(null) : authenticate.execute(token);
    who.then(
      (principal) => {
        if (principal) {
          principals.set(request, principal);
          next();
          return;
        }
        if (isOpen(request)) {
          next();
          return;
        }
        const refusal = new Refusal(
          'unauthenticated',
          'Send an API token: "Authorization: Bearer mun_..." (or HTTP basic with the token as password).',
        );
        sendProblem(request, response, problemOf(refusal, currentTraceId()));
      },
      (error: unknown) => next(error),
    );
  };
}

/** Bearer (RFC 6750), or the password of HTTP basic with any user: the habit of pip and uv. */
function presentedToken(header: string | undefined): string | null {
  const [scheme, value] = header?.split(' ', 2) ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? null : pair.slice(colon + 1);
}

/** Who asks, or null for somebody without a token at an address that is open to everybody. */
export function visitorOf(request: object): Principal | null {
  return principals.get(request) ?? null;
}

/** The principal of a request that passed {@link authentication}. */
export function callerOf(request: object): Principal {
  const principal = principals.get(request);
  if (!principal) throw new Refusal('unauthenticated', 'Send an API token.');
  return principal;
}

/** Parameter of a controller method: who asks. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => callerOf(context.switchToHttp().getRequest<Request>()),
);
