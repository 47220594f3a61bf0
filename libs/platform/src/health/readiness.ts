import { metrics } from '../telemetry/metrics.js';
import { askProbes, type Probe, type ProbeResult } from './probe.js';

export type Phase = 'starting' | 'running' | 'draining';

export interface ReadinessReport {
  readonly ready: boolean;
  readonly phase: Phase;
  readonly checks: readonly ProbeResult[];
}

/** Whether the service wants work. Ready means: running, and every critical probe is up. */
export class Readiness {
  private phase: Phase = 'starting';
  private probes: readonly Probe[] = [];
  private asking: Promise<readonly ProbeResult[]> | undefined;

  enter(phase: Phase): void {
    this.phase = phase;
  }

  /** Also exports `muniment_dependency_up`. Returns a function that removes the gauge. */
  watch(probes: readonly Probe[]): () => void {
    this.probes = probes;
    const labels = { dependency: probes.map(({ name }) => name) };
    return metrics.gauge('muniment_dependency_up', { description: '1 when the dependency answers', labels }, async () =>
      (await this.ask()).map(({ name, up }) => ({ value: up ? 1 : 0, labels: { dependency: name } })),
    );
  }

  async report(): Promise<ReadinessReport> {
    if (this.phase !== 'running') return { ready: false, phase: this.phase, checks: [] };
    const checks = await this.ask();
    return { ready: this.isRunning() && checks.every(({ critical, up }) => up || !critical), phase: this.phase, checks };
  }

  private isRunning(): boolean {
    return this.phase === 'running';
  }

  /** Simultaneous questions share one round, so that a crowd of health checks costs one query. */
  private ask(): Promise<readonly ProbeResult[]> {
    this.asking ??= askProbes(this.probes).finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }
}
