import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ArchiveUnderTest } from '../stack/archive.js';
import { rawRequest, type Caller } from '../stack/caller.js';
import { useArchive } from '../stack/use-archive.js';

let archive: ArchiveUnderTest;
let api: Caller;

useArchive((opened, caller) => ([archive, api] = [opened, caller]));

/** `[method, address]` of every route the server documents, with ids that exist nowhere. */
async function documentedRoutes(): Promise<readonly (readonly [string, string])[]> {
  const document = (await api.get('/openapi.json')).json() as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.keys(operations).map((method) => [method.toUpperCase(), template.replace(/\{[^}]+\}/g, randomUUID())] as const),
  );
}

describe('without a token', () => {
  const others: readonly (readonly [string, string])[] = [
    ['GET', '/'],
    ['GET', '/openapi.json'],
    ['GET', '/docs'],
    ['GET', '/docs/'],
    ['GET', '/docs-json'],
    ['GET', '/docs/swagger-ui-init.js'],
    ['GET', '/nothing/here'],
    ['GET', '/metrics'],
    ['GET', '/packages/../events'],
    ['GET', '//packages'],
    ['GET', '/PACKAGES'],
    ['GET', '/packages/%'],
    ['POST', '/uploads'],
    ['OPTIONS', '/uploads'],
    ['OPTIONS', '/packages'],
    ['HEAD', `/uploads/${randomUUID()}`],
    ['PATCH', `/uploads/${randomUUID()}`],
    ['DELETE', `/uploads/${randomUUID()}`],
    ['POST', '/uploads/healthz'],
    ['POST', '/healthz'],
    ['GET', '/healthz/packages'],
    ['GET', '/packages?/healthz'],
  ];

  it('answers 401 with a problem and a challenge on every address', async () => {
    const anonymous = api.as(null);
    for (const [method, path] of [...(await documentedRoutes()), ...others]) {
      const answer = await rawRequest(anonymous, { method, path });
      expect([method, path, answer?.status]).toEqual([method, path, 401]);
      expect(answer?.headers.get('www-authenticate')).toMatch(/Bearer.*Basic/);
      if (method !== 'HEAD') expect(answer?.code).toBe('unauthenticated');
    }
  });

  it('refuses a malformed, an unknown and a forged token alike', async () => {
    const forged = archive.token.slice(0, -1) + (archive.token.endsWith('A') ? 'B' : 'A');
    for (const token of [
      'x',
      '',
      'mun_',
      `mun_${'a'.repeat(16)}_${'b'.repeat(43)}`,
      forged,
      `${archive.token}x`,
      archive.token.toUpperCase(),
    ]) {
      expect((await api.as(token).get('/packages')).status).toBe(401);
    }
  });

  it('still tells a probe that it is alive and ready', async () => {
    expect((await api.as(null).get('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await api.as(null).get('/readyz')).json()).toMatchObject({ status: 'ready' });
  });
});

describe('OpenAPI document', () => {
  it('is OpenAPI 3 and every operation of it reaches a handler', async () => {
    const document = (await api.get('/openapi.json')).json() as {
      openapi: string;
      paths: Record<string, Record<string, { responses: object }>>;
    };
    expect(document.openapi).toMatch(/^3\./);
    for (const operations of Object.values(document.paths)) {
      for (const operation of Object.values(operations)) expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    }
    const routes = await documentedRoutes();
    for (const route of ['POST /packages', 'GET /packages', 'GET /events', 'GET /events/stream', 'POST /tokens']) {
      expect(routes.map(([method, path]) => `${method} ${path}`)).toContain(route);
    }
    for (const [method, path] of routes) {
      if (path === '/events/stream') continue;
      const answer = await rawRequest(api, { method, path });
      expect([method, path, answer?.code === 'route_not_found', (answer?.status ?? 500) >= 500]).toEqual([method, path, false, false]);
    }
  });

  it('has no dangling reference and no duplicate operation', async () => {
    const document = (await api.get('/openapi.json')).json() as object;
    const text = JSON.stringify(document);
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect([pointer, found === undefined]).toEqual([pointer, false]);
    }
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is readable as a page', async () => {
    const page = await api.get('/docs');
    expect([200, 301, 302]).toContain(page.status);
  });
});
