import type { Request } from 'express';

/** True for reading below `/log`: what the operator may open to everybody. */
export function isLogAddress(request: Request): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && request.path.startsWith('/log/');
}
