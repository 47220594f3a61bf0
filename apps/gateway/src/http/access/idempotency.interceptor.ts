import { createHash } from 'node:crypto';
import {
  applyDecorators,
  Inject,
  Injectable,
  Post,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { firstValueFrom, from, type Observable } from 'rxjs';
import { idOfKey, systemClock, systemIds } from '@muniment/assembly';
import { Refusal } from '@muniment/domain';
import type { RecordedAnswer } from '@muniment/application';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { rawBodyOf } from '../json-body.js';
import { callerOf } from './authentication.js';

const headerName = 'idempotency-key';
/** Three tries before a claim ends (PostgresIdempotencyKeys). */
const renewMs = 3_000;
const shape = /^[\x21-\x7e]{1,200}$/;

/** The key a client sent, if any (draft-ietf-httpapi-idempotency-key-header). */
function keyOf(request: Request): string | null {
  const key = request.headers[headerName];
  if (typeof key !== 'string') return null;
  const plain = key.replace(/^"(.*)"$/, '$1');
  if (!shape.test(plain)) throw new Refusal('request_malformed', 'An Idempotency-Key is 1 to 200 visible ASCII characters.');
  return plain;
}

/**
 * Identifier for what this request makes: the same one whenever the same key is sent again, else a new one. What is made within something else names
 * that (`within`): a key that is used again for another one, long after its answer was forgotten, then makes another thing.
 */
export function idFor(request: Request, within?: string): string {
  const key = keyOf(request);
  if (key === null) return systemIds.next();
  return idOfKey(callerOf(request).tokenId, within === undefined ? key : `${key}\n${within}`);
}

/**
 * One answer per Idempotency-Key. The first success is recorded and given again; while it is being made, others are told to wait. Should the process
 * die in between, what the request made bears an identifier that comes from the key, so the repetition finds it.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const key = keyOf(request);
    if (key === null) return next.handle();
    return from(this.once(key, request, context.switchToHttp().getResponse<Response>(), next));
  }

  private async once(key: string, request: Request, response: Response, next: CallHandler): Promise<unknown> {
    const { tokenId } = callerOf(request);
    const fingerprint = createHash('sha256').update(`${request.method} ${request.originalUrl}\n`).update(rawBodyOf(request)).digest('hex');
    const { idempotency } = this.gateway;
    const claim = await idempotency.claim(tokenId, key, fingerprint, systemClock.now());
    if (claim.outcome === 'reused') {
      throw new Refusal('idempotency_key_reused', 'This Idempotency-Key was used for another request. Use a new key for a new request.');
    }
    if (claim.outcome === 'busy') {
      throw new Refusal('idempotency_in_progress', 'The first request with this Idempotency-Key is still running. Try again in a moment.');
    }
    if (claim.outcome === 'answered') return replay(claim.answer, response);
    const alive = this.keepClaim(tokenId, key);
    try {
      const value: unknown = await firstValueFrom(next.handle());
      await idempotency.answer(tokenId, key, recorded(value, response));
      return value;
    } catch (error) {
      await idempotency.release(tokenId, key);
      throw error;
    } finally {
      clearInterval(alive);
    }
  }

  /** A claim ends soon after its process; one whose request takes long is renewed as long as it does. */
  private keepClaim(tokenId: string, key: string): NodeJS.Timeout {
    const { idempotency, host } = this.gateway;
    return setInterval(() => {
      idempotency
        .renew(tokenId, key, systemClock.now())
        .catch((error: unknown) => host.logger.warn({ err: error }, 'the claim of an Idempotency-Key could not be renewed'));
    }, renewMs).unref();
  }
}

function recorded(value: unknown, response: Response): RecordedAnswer {
  const location = response.getHeader('location');
  return {
    status: response.statusCode,
    headers: typeof location === 'string' ? { location } : {},
    // A token's secret is shown once and stored nowhere, so not here either.
    body: JSON.stringify(value ?? null, (key, inner: unknown) => (key === 'token' ? undefined : inner)),
  };
}

function replay(answer: RecordedAnswer, response: Response): unknown {
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader('Idempotency-Replayed', 'true');
  return JSON.parse(answer.body) as unknown;
}

/**
 * A POST that honours Idempotency-Key, as all do but those that open an upload: they take the session's id from the key, so asking again finds the session, and
 * the answer of a direct upload holds presigned addresses, which are secrets for as long as they work.
 */
export function PostOnce(path = ''): MethodDecorator {
  return applyDecorators(Post(path), UseInterceptors(IdempotencyInterceptor));
}
