// A whole service as its own process, for run-service.spec.ts. Plain JavaScript: what runs here is the built platform.
import { Module } from '@nestjs/common';
import { z } from 'zod';
import { inSpan, metrics, runService } from '../../dist/index.js';

class Empty {}
Module({})(Empty);
const jobs = metrics.counter('muniment_tiny_jobs_total', { description: 'Jobs', labels: { outcome: ['done'] } });
metrics.counter('muniment_tiny_alarms_total', { description: 'Alarms', labels: {} });
metrics.keptCounter('muniment_tiny_faults_total', { description: 'Faults', labels: { fault: ['corrupt'] } }, () => [
  { value: 7, labels: { fault: 'corrupt' } },
]);

await runService({
  name: 'tiny',
  config: { MUNIMENT_PORT: z.coerce.number().default(0).describe('public port') },
  module: (_config, { closing, logger }) => {
    closing.add(
      'timer',
      setInterval(() => undefined, 1000),
      process.env.FORGET === 'yes' ? () => undefined : clearInterval,
    );
    void inSpan('work', {}, () => {
      jobs.add(2, { outcome: 'done' });
      jobs.add(1, { outcome: 'invented by a client' });
      logger.info('inside');
    });
    return Empty;
  },
  http: { port: (config) => config.MUNIMENT_PORT },
});
