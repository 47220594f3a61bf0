// Stands in for each service in run-embedded.int.spec.ts: answers with its process id and environment, and can be told to die.
import { Controller, Get, Module } from '@nestjs/common';
import { z } from 'zod';
import { runService } from '@muniment/platform';

class Edge {
  facts() {
    const { MUNIMENT_DATABASE_URL, MUNIMENT_OBJECT_STORE_ROOT, MUNIMENT_QUEUE_BACKEND } = process.env;
    return { pid: process.pid, MUNIMENT_DATABASE_URL, MUNIMENT_OBJECT_STORE_ROOT, MUNIMENT_QUEUE_BACKEND };
  }
}
Get('facts')(Edge.prototype, 'facts', Object.getOwnPropertyDescriptor(Edge.prototype, 'facts'));
Controller()(Edge);
class Dummy {}
Module({ controllers: [Edge] })(Dummy);

const name = (process.env.OTEL_SERVICE_NAME ?? '').replace('muniment-', '');
if (process.env.DUMMY_FAILS === name) throw new Error('this dummy fails');
const anything = z.string().optional();
await runService({
  name,
  config: { MUNIMENT_PORT: z.coerce.number(), MUNIMENT_DATABASE_URL: anything },
  module: () => Dummy,
  ...(name === 'gateway' ? { http: { port: (config) => config.MUNIMENT_PORT } } : {}),
});
