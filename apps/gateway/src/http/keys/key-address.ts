import type { Request } from 'express';

/** True for reading public keys: what the operator may open to everybody. */
export function isKeyAddress({ method, path }: Request): boolean {
  const isBelow = path === '/keys' || path.startsWith('/keys/') || path.startsWith('/.well-known/openpgpkey/');
  return (method === 'GET' || method === 'HEAD') && isBelow;
}
