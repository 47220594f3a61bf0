import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import { Refusal } from '@muniment/domain';
import { parseStrictJson } from '@muniment/formats';
import { bodyOf, currentTraceId, problemOf, sendProblem } from '@muniment/platform';
import { assertStorable } from './storable-text.js';

const maxBytes = 1024 * 1024;
const bodies = new WeakMap<object, Buffer>();

/** Reads the small bodies of POST requests, whole and bounded. Uploads stream past here untouched. */
export function readJsonBodies(request: Request, response: Response, next: NextFunction): void {
  const isTus = request.path === '/uploads' || request.path === '/uploads/';
  if (request.method !== 'POST' || isTus) {
    next();
    return;
  }
  collect(request).then(
    (body) => {
      bodies.set(request, body);
      next();
    },
    (error: unknown) => {
      // Who went away is told nothing.
      if (error instanceof Refusal && !request.destroyed) sendProblem(request, response, problemOf(error, currentTraceId()));
      else next(error);
    },
  );
}

async function collect(request: Request): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request)) {
    size += chunk.length;
    if (size > maxBytes) throw new Refusal('body_too_large', `A JSON body may hold at most ${maxBytes} bytes.`, { max_bytes: maxBytes });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The bytes of the body that {@link readJsonBodies} read. */
export function rawBodyOf(request: object): Buffer {
  return bodies.get(request) ?? Buffer.alloc(0);
}

/**
 * Parameter of a controller method: the body, parsed strictly (no duplicate keys, no floats) and by its schema. The schema is closed over: as data
 * of the decorator Nest would take it for a pipe, because it has a method `transform`.
 */
export function JsonBody(schema: z.ZodType): ParameterDecorator {
  return createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
    const raw = rawBodyOf(context.switchToHttp().getRequest<Request>());
    const value = raw.length === 0 ? {} : parseStrictJson(decode(raw));
    assertStorable(value);
    return schema.parse(value);
  })();
}

function decode(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw new Refusal('request_malformed', 'The body is not valid UTF-8.');
  }
}
