import { resolve } from 'node:path';
import type { Command } from 'commander';
import { packPackage, type EvidenceReport } from '../evidence/pack-package.js';
import { readGiven } from '../log/log-evidence.js';
import { witnessesBy, type WitnessFlags } from '../log/named-witnesses.js';
import { findServer } from '../server/find-server.js';
import { contextOf, type AddCommand } from './command-context.js';
import { witnessOptions } from './witness-options.js';

interface EvidenceFlags extends WitnessFlags {
  readonly output: string;
  readonly digestsOnly?: boolean;
  readonly checkpoint?: string;
}

export const addEvidence: AddCommand = (program, surroundings) => {
  const command = program
    .command('evidence')
    .summary('write all evidence of a package into one file')
    .description(
      'Write a pack that proves a package without us: its files or their digests, records, manifest, attestations, signatures, public keys, ' +
        'log proof and retention history, with the commands of stock tools to check them. "muniment verify --pack" checks it offline.',
    )
    .argument('<package>', 'package id')
    .requiredOption('-o, --output <file>', 'the pack to write, a tar; an existing file is replaced')
    .option('--digests-only', 'leave the artifacts out; their digests and .meta records stay')
    .option('--checkpoint <file>', 'a checkpoint the receiver keeps: the pack then proves that the log continues it');
  witnessOptions(command).action(async (packageId: string, flags: EvidenceFlags, command: Command) => {
    const { connect, server, output, bar } = contextOf(command, surroundings);
    const { url } = await findServer(server, surroundings);
    const request = {
      packageId,
      url,
      to: resolve(surroundings.cwd, flags.output),
      digestsOnly: flags.digestsOnly === true,
      witnesses: await witnessesBy(flags, surroundings),
      kept: flags.checkpoint === undefined ? null : await readGiven(flags.checkpoint, surroundings),
      signal: surroundings.signal,
    };
    const report = await packPackage(await connect(), request, bar);
    output.result(report, () => linesOf(report));
  });
};

function linesOf(report: EvidenceReport): readonly string[] {
  const { files, attestations, signatures, log_proof: inLog, cosigned } = report;
  return [
    `wrote ${report.pack}`,
    `  package ${report.package_id}, manifest ${report.manifest_digest}`,
    `  ${files} files (${report.content}), ${attestations} attestations, ${signatures} OpenPGP signatures, ${inLog ? 'a log proof' : 'no log proof'}`,
    ...(cosigned === null ? [] : [`  its checkpoint is ${cosigned}`]),
    ...report.notices.map((notice) => `note: ${notice}`),
    `Check it with: muniment verify --pack ${report.pack}`,
  ];
}
