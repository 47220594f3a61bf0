import { metrics as api, type Attributes, type Meter, type Observable, type ObservableCallback } from '@opentelemetry/api';

type MetricName = `muniment_${string}`;
/** Label -> the values it may have. Anything else is recorded as "other": the number of series is bounded by the declaration. */
export type Labels = Readonly<Record<string, readonly string[]>>;
export type LabelValues<L extends Labels> = { readonly [K in keyof L]: string };

export interface Counter<L extends Labels> {
  add(value: number, labels: LabelValues<L>): void;
}
export interface Histogram<L extends Labels> {
  record(value: number, labels: LabelValues<L>): void;
}
export interface Reading<L extends Labels> {
  readonly value: number;
  readonly labels: LabelValues<L>;
}

interface Declaration<L extends Labels> {
  readonly description: string;
  readonly labels: L;
}

/** Prometheus and its operator put these on all that they scrape; a label of ours with such a name would arrive as `exported_…`. */
const scrapersOwn = ['job', 'instance', 'service', 'pod', 'container', 'namespace', 'endpoint', 'node'];

function assertOwn(name: string, labels: Labels): void {
  const taken = Object.keys(labels).filter((label) => scrapersOwn.includes(label));
  if (taken.length > 0) throw new Error(`${name}: the label ${taken.join(', ')} belongs to whoever scrapes; choose another`);
}

function meter(): Meter {
  return api.getMeter('muniment');
}

function closed<L extends Labels>(declared: L, values: LabelValues<L>): Attributes {
  return Object.fromEntries(
    Object.entries(declared).map(([label, allowed]) => {
      const value = values[label] ?? 'other';
      return [label, allowed.includes(value) ? value : 'other'];
    }),
  );
}

/**
 * Declares instruments, once, at module level. Names are the final Prometheus names in base units
 * (`muniment_<noun>_<unit>[_total]`; seconds, bytes). Without the telemetry preload they do nothing. A label that scrapers use themselves
 * (`job`, `service`) is refused with an Error.
 */
export const metrics = {
  counter<const L extends Labels>(name: `${MetricName}_total`, declaration: Declaration<L>): Counter<L> {
    assertOwn(name, declaration.labels);
    const instrument = meter().createCounter(name, { description: declaration.description });
    // Without labels there is one series: it is there from the start, so that its first count is an increase.
    if (Object.keys(declaration.labels).length === 0) instrument.add(0);
    return {
      add: (value, labels) => {
        instrument.add(value, closed(declaration.labels, labels));
      },
    };
  },
  /** `buckets`: upper bounds in the metric's unit. */
  histogram<const L extends Labels>(name: MetricName, declaration: Declaration<L> & { readonly buckets: readonly number[] }): Histogram<L> {
    assertOwn(name, declaration.labels);
    const instrument = meter().createHistogram(name, {
      description: declaration.description,
      advice: { explicitBucketBoundaries: [...declaration.buckets] },
    });
    return {
      record: (value, labels) => {
        instrument.record(value, closed(declaration.labels, labels));
      },
    };
  },
  /** `read` is asked at each scrape; it must be quick or bounded by itself. Returns a function that removes the gauge. */
  gauge<const L extends Labels>(
    name: MetricName,
    declaration: Declaration<L>,
    read: () => readonly Reading<L>[] | Promise<readonly Reading<L>[]>,
  ): () => void {
    assertOwn(name, declaration.labels);
    return observed(meter().createObservableGauge(name, { description: declaration.description }), declaration, read);
  },
  /** A count that is kept elsewhere, such as in the database, and outlives the process. Otherwise like a gauge. */
  keptCounter<const L extends Labels>(
    name: `${MetricName}_total`,
    declaration: Declaration<L>,
    read: () => readonly Reading<L>[] | Promise<readonly Reading<L>[]>,
  ): () => void {
    assertOwn(name, declaration.labels);
    return observed(meter().createObservableCounter(name, { description: declaration.description }), declaration, read);
  },
};

function observed<L extends Labels>(
  instrument: Observable,
  declaration: Declaration<L>,
  read: () => readonly Reading<L>[] | Promise<readonly Reading<L>[]>,
): () => void {
  const observe: ObservableCallback = async (result) => {
    for (const { value, labels } of await read()) result.observe(value, closed(declaration.labels, labels));
  };
  instrument.addCallback(observe);
  return () => {
    instrument.removeCallback(observe);
  };
}
