/** Queues are lanes by resource profile, not by feature; the job name tells the work. Names never contain ":". */
export interface Lane {
  readonly name: string;
  readonly description: string;
  /** Jobs one worker process runs at once, unless configured otherwise. */
  readonly concurrency: number;
}

export const lanes = {
  hashing: { name: 'hashing', description: 'Reads whole files: CPU and bandwidth', concurrency: 2 },
  pipeline: { name: 'pipeline', description: 'Short steps between events', concurrency: 16 },
  signing: { name: 'signing', description: 'Signs what is due: keys, and short reads of the store', concurrency: 8 },
  retention: { name: 'retention', description: 'Short steps after a validation', concurrency: 4 },
  collection: { name: 'collection', description: 'Deletes what a plan names: long, one at a time', concurrency: 1 },
  schedule: { name: 'schedule', description: 'Ticks of the retention service', concurrency: 1 },
} as const satisfies Record<string, Lane>;

export type LaneName = keyof typeof lanes;
