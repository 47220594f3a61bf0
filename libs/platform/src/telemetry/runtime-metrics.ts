import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from './metrics.js';

const sampleMs = 20;

/** What every process tells about itself. Returns a function that stops the measuring. */
export function measureRuntime(service: string, version: string): () => void {
  const delay = monitorEventLoopDelay({ resolution: sampleMs });
  // What is measured is the time between two samples: the interval itself is no delay.
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - sampleMs / 1e3);
  delay.enable();
  const removals = [
    metrics.gauge('muniment_build_info', { description: 'Always 1', labels: { component: [service], version: [version] } }, () => [
      { value: 1, labels: { component: service, version } },
    ]),
    metrics.gauge(
      'muniment_event_loop_delay_seconds',
      { description: 'Delay of the event loop since the last scrape', labels: { quantile: ['0.5', '0.99', '1'] } },
      () => {
        const readings = [
          { value: seconds(delay.percentile(50)), labels: { quantile: '0.5' } },
          { value: seconds(delay.percentile(99)), labels: { quantile: '0.99' } },
          { value: seconds(delay.max), labels: { quantile: '1' } },
        ];
        delay.reset();
        return readings;
      },
    ),
    metrics.gauge(
      'muniment_process_memory_bytes',
      { description: 'Memory of the process', labels: { kind: ['resident', 'heap', 'external'] } },
      () => {
        const { rss, heapUsed, external } = process.memoryUsage();
        return [
          { value: rss, labels: { kind: 'resident' } },
          { value: heapUsed, labels: { kind: 'heap' } },
          { value: external, labels: { kind: 'external' } },
        ];
      },
    ),
  ];
  return () => {
    delay.disable();
    removals.forEach((remove) => {
      remove();
    });
  };
}
