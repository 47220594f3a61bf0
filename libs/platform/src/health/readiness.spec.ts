import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

const up = { name: 'postgres', critical: true, check: () => Promise.resolve() };
const broken = (critical: boolean) => ({
  name: 'redis',
  critical,
  check: () => Promise.reject(new Error('redis://:s3cr3t@h refused')),
});

function running(...probes: Parameters<Readiness['watch']>[0]): Readiness {
  const readiness = new Readiness();
  readiness.watch(probes);
  readiness.enter('running');
  return readiness;
}

describe('Readiness', () => {
  it('is ready only while running', async () => {
    const readiness = running(up);
    expect(await readiness.report()).toMatchObject({ ready: true, checks: [{ name: 'postgres', up: true }] });
    readiness.enter('draining');
    expect(await readiness.report()).toMatchObject({ ready: false, phase: 'draining' });
  });

  it('names the critical part that is down and why, without secrets', async () => {
    const report = await running(up, broken(true)).report();
    expect(report.ready).toBe(false);
    expect(report.checks[1]).toEqual({ name: 'redis', critical: true, up: false, reason: 'redis://:[redacted]@h refused' });
  });

  it('stays ready without an uncritical part', async () => {
    expect(await running(up, broken(false)).report()).toMatchObject({ ready: true, checks: [{ up: true }, { up: false }] });
  });

  it('shares one round among simultaneous questions', async () => {
    let asked = 0;
    const readiness = running({ ...up, check: () => Promise.resolve(void asked++) });
    await Promise.all([readiness.report(), readiness.report(), readiness.report()]);
    expect(asked).toBe(1);
  });
});
