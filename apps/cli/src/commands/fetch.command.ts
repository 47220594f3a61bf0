import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ciContext } from '../ci/ci-context.js';
import { gitContext } from '../ci/git.js';
import { choosePackage, defaultPackageName } from '../fetch/choose-package.js';
import { fetchPackage, type FetchReport, type FetchRequest } from '../fetch/fetch.js';
import { fitsPattern } from '../fetch/file-pattern.js';
import { humanSize } from '../output.js';
import { pointerEnding, readPointer } from '../pointer/pointer-file.js';
import { contextOf, type AddCommand } from './command-context.js';
import { amount, repositoryName } from './option-values.js';

interface FetchFlags {
  readonly repository?: string;
  readonly name: string;
  readonly runId?: string;
  readonly outdir: string;
  readonly file?: string;
  readonly asArchived?: boolean;
  readonly timeoutMin: number;
  readonly intervalSec: number;
}

export const addFetch: AddCommand = (program, surroundings) => {
  program
    .command('fetch')
    .summary('bring a package here, verified')
    .description('Bring the files of a package here. Without an id: the newest finalized package of the repository and name.')
    .argument(
      '[package]',
      'package id, or a pointer file, whose digest the manifest must have (default: the newest finalized one that fits)',
    )
    .option('--repository <owner/name>', 'repository (default: of CI or of the working directory)', repositoryName)
    .option('--name <name>', 'package name', defaultPackageName)
    .option('--run-id <id>', 'only of this CI run')
    .option('--outdir <dir>', 'files go to DIR/run-<run id>/', 'ci_artifacts')
    .option('--file <pattern>', 'only files that fit, with their .meta (* ? **)')
    .option('--as-archived', 'name wheelhouses after their run: wheelhouse-3.11-run-42.tgz, with a .meta that says where it came from')
    .option('--timeout-min <minutes>', 'how long to wait for a package that is not finalized yet', amount, 10)
    .option('--interval-sec <seconds>', 'how often to look while waiting', amount, 15)
    .action(async (named: string | undefined, flags: FetchFlags, command: Command) => {
      const { connect, output, bar } = contextOf(command, surroundings);
      const { cwd, env, signal } = surroundings;
      const client = await connect();
      const { name, runId, file, outdir } = flags;
      const choice = {
        repository: flags.repository ?? ciContext(env)?.repository ?? (await gitContext(cwd)).repository,
        name,
        ...(runId === undefined ? {} : { runId }),
        timeoutSeconds: flags.timeoutMin * 60,
        intervalSeconds: flags.intervalSec,
        signal,
        onWaiting: (id: string) => output.remark(`package ${id} is not finalized yet; waiting`),
      };
      const chosen = named === undefined ? { packageId: (await choosePackage(client, choice)).id } : await namedPackage(named, cwd);
      const pattern = file === undefined ? {} : { pattern: (path: string) => fitsPattern(path, file) };
      const report = await fetchPackage(
        client,
        { ...chosen, outdir, asArchived: flags.asArchived === true, ...pattern },
        surroundings,
        bar,
      );
      output.result(report, () => reportLines(report));
    });
};

async function namedPackage(named: string, cwd: string): Promise<Pick<FetchRequest, 'packageId' | 'manifestDigest'>> {
  if (!named.endsWith(pointerEnding)) return { packageId: named };
  const { package_id: packageId, manifest_digest: manifestDigest } = await readPointer(resolve(cwd, named));
  return { packageId, manifestDigest };
}

function reportLines(report: FetchReport): readonly string[] {
  const run = report.run_id === null ? '' : `, run ${report.run_id}`;
  return [
    `Fetched: ${report.repository} ${report.name}${run}`,
    `  package   ${report.package_id}`,
    `  manifest  ${report.manifest_digest} (checked)`,
    ...report.files.map(
      (f) => `  ${f.downloaded ? 'loaded      ' : 'already here'}  ${humanSize(f.size).padStart(9)}  sha256 ${f.sha256}  ${f.path}`,
    ),
    `  in        ${report.directory}`,
  ];
}
