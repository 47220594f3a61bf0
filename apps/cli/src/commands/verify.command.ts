import type { Command } from 'commander';
import { findServer } from '../server/find-server.js';
import { reportLines } from '../verify/checks.js';
import { CliError } from '../exit-codes.js';
import { exitCodeOf } from '../verify/exit-code.js';
import { broughtBy, type TrustFlags } from '../verify/trust-options.js';
import { verifyPack } from '../verify/verify-pack.js';
import { verify } from '../verify/verify.js';
import { contextOf, type AddCommand } from './command-context.js';
import { several } from './option-values.js';
import { witnessOptions } from './witness-options.js';

interface VerifyFlags extends TrustFlags {
  readonly package?: string;
  readonly pack?: string;
  readonly download?: boolean;
  readonly memory?: boolean;
}

export const addVerify: AddCommand = (program, surroundings, exit) => {
  const command = program
    .command('verify')
    .summary('check bytes, attestations, signatures and log proofs')
    .description(
      'Check a file or directory against the .meta records beside it (offline, before anything is trusted), with --package also against ' +
        'that package; check a package in the archive by its id; or check an evidence pack, offline. Bytes, attestations, OpenPGP signatures ' +
        'and the log are checked in this one call, and the report says what each result rests on.',
    )
    .argument('[target]', 'file, directory or package id')
    .option('--package <id>', 'also compare the files here with this package')
    .option('--pack <file>', 'an evidence pack; without network. A target is then compared with the package in it')
    .option('--download', 'read every stored byte of the package back')
    .option('--key <file>', 'believe only this attestation key, PEM (repeatable)', several)
    .option(
      '--trusted-root <file>',
      'trusted_root.json of a Sigstore, for attestations signed with a certificate (with --identity and --issuer)',
    )
    .option('--identity <uri>', 'who must have signed attestations that carry a certificate')
    .option('--issuer <url>', 'who must have vouched for that identity')
    .option('--log-key <key>', 'believe only this verifier key of the log, or a file that holds it (repeatable)', several)
    .option('--release-key <file>', 'believe only this OpenPGP certificate, armored (repeatable)', several)
    .option('--fingerprint <hex>', 'believe only the OpenPGP key of this fingerprint (repeatable)', several)
    .option('--tsa-root <file>', 'judge timestamps: root certificate of an authority you believe, PEM (repeatable)', several)
    .option('--checkpoint <file>', 'a checkpoint you kept: the log must begin with what it committed to')
    .option('--require <list>', 'checks that must not be skipped, by name or first part: attestation,log,openpgp or all')
    .option('--no-memory', 'neither use nor write the keys and checkpoints this machine remembers of archives');
  witnessOptions(command).action(async (target: string | undefined, flags: VerifyFlags, command: Command) => {
    const { connect, server, output } = contextOf(command, surroundings);
    const brought = await broughtBy(flags, surroundings);
    if (target === undefined && flags.pack === undefined)
      throw new CliError('usage', 'Name a file, a directory or a package id, or give --pack FILE.');
    const connection = async () => ({ client: await connect(), url: (await findServer(server, surroundings)).url });
    if (flags.pack !== undefined) {
      const report = await verifyPack({ pack: flags.pack, brought, ...(target === undefined ? {} : { target }) }, surroundings);
      output.result(report, () => reportLines(report));
      if (!report.verified) exit(exitCodeOf(report));
      return;
    }
    const request = {
      target: target ?? '',
      download: flags.download === true,
      memory: flags.memory !== false,
      brought,
      ...(flags.package === undefined ? {} : { packageId: flags.package }),
    };
    const report = await verify(connection, request, surroundings);
    output.result(report, () => reportLines(report));
    if (!report.verified) exit(exitCodeOf(report));
  });
};
