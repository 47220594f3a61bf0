import { RequestMethod, type Type } from '@nestjs/common';
import { INTERCEPTORS_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from '@jest/globals';
import { GatewayModule } from '../../gateway.module.js';
import type { Gateway } from '../../open-gateway.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** `Controller.method` of every POST route, and whether it honours Idempotency-Key. */
function postRoutes(): ReadonlyMap<string, boolean> {
  const routes = new Map<string, boolean>();
  for (const controller of (GatewayModule.with({} as Gateway).controllers ?? []) as readonly Type[]) {
    const prototype = controller.prototype as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const handler = prototype[name];
      if (typeof handler !== 'function' || Reflect.getMetadata(METHOD_METADATA, handler) !== RequestMethod.POST) continue;
      const interceptors = (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) ?? []) as readonly unknown[];
      routes.set(`${controller.name}.${name}`, interceptors.includes(IdempotencyInterceptor));
    }
  }
  return routes;
}

describe('POST routes', () => {
  it('honour Idempotency-Key, but for those that open an upload', () => {
    const routes = [...postRoutes()];
    expect(routes.filter(([, once]) => once).length).toBeGreaterThan(10);
    expect(routes.filter(([, once]) => !once).map(([name]) => name)).toEqual(['DirectUploadsController.open', 'TusController.open']);
  });
});
