import { describe, expect, it } from '@jest/globals';
import { metrics } from './metrics.js';

describe('metrics', () => {
  it('refuse labels that Prometheus puts on everything it scrapes, which would rename ours', () => {
    const declaration = { description: 'Jobs', labels: { queue: ['a'], job: ['b'] } };
    const refusal = 'muniment_tiny_total: the label job belongs to whoever scrapes; choose another';
    expect(() => metrics.counter('muniment_tiny_total', declaration)).toThrow(refusal);
    expect(() => metrics.keptCounter('muniment_tiny_total', declaration, () => [])).toThrow(refusal);
    expect(() => metrics.gauge('muniment_tiny', declaration, () => [])).toThrow('label job');
    expect(() => metrics.histogram('muniment_tiny', { ...declaration, buckets: [1] })).toThrow('label job');
  });

  it('take all other labels', () => {
    const declaration = { description: 'Jobs', labels: { queue: ['a'], job_name: ['b'] } };
    expect(() => metrics.counter('muniment_tiny_total', declaration)).not.toThrow();
  });
});
