import { copyFile, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { needProgram } from './debian-package.js';
import { findProgram, freePort, startServer, stopAll, untilReady } from './process.js';

const answer = <Data extends z.ZodType>(data: Data) => z.looseObject({ status: z.literal('success'), data });
const alert = z.looseObject({ labels: z.record(z.string(), z.string()), state: z.enum(['pending', 'firing']) });
const rule = z.looseObject({ name: z.string(), health: z.string(), lastError: z.string().optional() });
const target = z.looseObject({ scrapeUrl: z.string(), health: z.string(), lastError: z.string() });
export type PrometheusAlert = z.output<typeof alert>;

/** A Prometheus that scrapes once a second, under the job "archive", and evaluates rules as often. */
export interface RunningPrometheus {
  /** Scrapes these base URLs from now on, and no others. Takes a moment. */
  scrape(urls: readonly string[]): Promise<void>;
  targets(): Promise<readonly z.output<typeof target>[]>;
  rules(): Promise<readonly z.output<typeof rule>[]>;
  alerts(): Promise<readonly PrometheusAlert[]>;
  /** Names of all metrics it has seen. */
  metrics(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Null when a Prometheus can be had here; otherwise the reason to print when skipping. */
export function prometheusUnavailable(): string | null {
  return needProgram('prometheus', 'prometheus');
}

/** Starts it on loopback, with the rules of a file. */
export async function startPrometheus(rulesFile: string): Promise<RunningPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'muniment-prometheus-'));
  const targetsFile = join(directory, 'targets.json');
  await writeFile(targetsFile, '[]');
  await copyFile(rulesFile, join(directory, 'rules.yaml'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: 'archive', file_sd_configs: [{ files: [targetsFile], refresh_interval: '1s' }] }],
  };
  await writeFile(join(directory, 'prometheus.yml'), stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = startServer(
    findProgram('prometheus') ?? '',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${url.replace('http://', '')}`,
    ],
    directory,
  );
  const stop = () => stopAll([server], directory);
  await untilReady(server, 60_000, async () => (await fetch(`${url}/-/ready`)).ok).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const ask = async <Data extends z.ZodType>(path: string, data: Data): Promise<z.output<Data>> =>
    answer(data).parse(await (await fetch(`${url}/api/v1/${path}`)).json()).data as z.output<Data>;
  return {
    scrape: async (urls) => {
      const targets = urls.map((one) => one.replace('http://', ''));
      await writeFile(`${targetsFile}.new`, JSON.stringify([{ targets }]));
      await rename(`${targetsFile}.new`, targetsFile);
    },
    targets: async () => (await ask('targets?state=active', z.looseObject({ activeTargets: z.array(target) }))).activeTargets,
    rules: async () =>
      (await ask('rules', z.looseObject({ groups: z.array(z.looseObject({ rules: z.array(rule) })) }))).groups.flatMap(
        (group) => group.rules,
      ),
    alerts: async () => (await ask('alerts', z.looseObject({ alerts: z.array(alert) }))).alerts,
    metrics: () => ask('label/__name__/values', z.array(z.string())),
    stop,
  };
}
