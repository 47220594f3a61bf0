import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';

/** A class of node:http. */
type Kind = typeof IncomingMessage | typeof ServerResponse;

/**
 * Express as Nest drives it, without two costs it puts on every request, which small uploads notice (docs/bench.md, 2026-11-28). Express changes the
 * prototype of request and answer, which makes everything that node does with them afterwards slower; and it works out anew of each answer that JSON is
 * `application/json; charset=utf-8`.
 */
export class HttpAdapter extends ExpressAdapter {
  /** Request and answer are made with the prototypes that Express wants: it finds nothing to change. */
  override initHttpServer(): void {
    const express = this.getInstance<{ readonly request: object; readonly response: object }>();
    const kinds = {
      IncomingMessage: bornWith(express.request, IncomingMessage),
      ServerResponse: bornWith(express.response, ServerResponse),
    };
    this.httpServer = createServer(kinds, this.getInstance());
  }

  /** What was made or changed, as JSON. Everything else, above all what a client may already have (304), is Express' business. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (isRead(response.req.method) || !isPlain(body) || response.hasHeader('content-type')) {
      return super.reply(response, body, statusCode);
    }
    if (statusCode !== undefined) response.statusCode = statusCode;
    const text = JSON.stringify(body);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    return response.end(text);
  }
}

/** The same class, whose instances have `prototype` from the start. */
function bornWith<K extends Kind>(prototype: object, kind: K): K {
  const made = function (...all: unknown[]): unknown {
    return Reflect.construct(kind, all, made);
  };
  made.prototype = prototype;
  return made as unknown as K;
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isPlain(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
}
