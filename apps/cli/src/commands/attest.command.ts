import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { EvidenceAnswer, RelayedAnswer } from '@muniment/contracts';
import { attestationLines } from '../attestation/attestation-lines.js';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';
import { humanSize } from '../output.js';
import { addAgain } from './attest/again.command.js';
import { addStatus } from './attest/status.command.js';
import { contextOf, type AddCommand } from './command-context.js';

/** What the archive takes at most for one. */
const maxBytes = 1024 * 1024;

interface ListFlags {
  readonly digest?: string;
}

export const addAttest: AddCommand = (program, surroundings, exit) => {
  const attest = program
    .command('attest')
    .summary('what is signed about a package')
    .description(
      'List, fetch and add what is signed about a package: by the archive, and by others such as CI. Or ask whether it is enough.',
    );
  addStatus(attest, surroundings, exit);
  attest
    .command('list')
    .description('Everything that is signed about a package.')
    .argument('<package-id>', 'package')
    .option('--digest <digest>', 'only what is about this file or member, sha256:<hex>')
    .action(async (packageId: string, flags: ListFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const { attestations, summary } = await (await connect()).evidence.listing(packageId, flags.digest);
      output.result(attestations, () => [
        ...(attestations.length === 0 ? ['nothing is signed about this package'] : attestations.map(lineOf)),
        ...(summary === undefined ? [] : attestationLines(summary)),
      ]);
    });
  attest
    .command('fetch')
    .description('Write everything that is signed about a package into a folder, byte for byte.')
    .argument('<package-id>', 'package')
    .option('-o, --output <folder>', 'where to (default: the working directory)', '.')
    .option('--digest <digest>', 'only what is about this file or member, sha256:<hex>')
    .action(async (packageId: string, flags: ListFlags & { readonly output: string }, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const { evidence } = await connect();
      const folder = resolve(surroundings.cwd, flags.output);
      await mkdir(folder, { recursive: true });
      const files: string[] = [];
      for (const { name } of await evidence.list(packageId, flags.digest)) {
        // Names come from the server and may hold paths of the package: they stay in the folder.
        const file = join(folder, basename(name.replaceAll('/', '_')));
        await writeFile(file, await evidence.bytes(packageId, name));
        files.push(file);
      }
      output.result({ files }, () => files);
    });
  attest
    .command('add')
    .description('Give the archive what somebody else signed: Sigstore bundles, DSSE envelopes, or files with one per line.')
    .argument('<package-id>', 'package')
    .argument('<files...>', 'bundle, envelope, or .jsonl of them')
    .action(async (packageId: string, files: readonly string[], _: unknown, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const documents = (await Promise.all(files.map((file) => documentsIn(resolve(surroundings.cwd, file))))).flat();
      const { evidence } = await connect();
      const relayed: RelayedAnswer[] = [];
      for (const document of documents) relayed.push(await evidence.relay(packageId, document));
      output.result(relayed, () =>
        relayed.flatMap(({ name, predicate_type, check, remarks }) => [
          `${name}  ${predicate_type}  ${check.signature_verified ? `signed by ${check.identity ?? 'a known key'}` : 'signature not checked here'}`,
          ...remarks.map((remark) => `  note: ${remark}`),
        ]),
      );
    });
  addAgain(attest, surroundings, exit);
};

/** A file as it is, or the lines of one that holds several. */
async function documentsIn(file: string): Promise<readonly Uint8Array[]> {
  const bytes = await contentOf(file);
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const isLines = lines.length > 1 && lines.every((line) => line.startsWith('{') && line.trimEnd().endsWith('}'));
  const documents = isLines ? lines.map((line) => Buffer.from(line)) : [bytes];
  if (documents.some((document) => document.byteLength > maxBytes))
    throw new CliError('usage', `${file} holds more than ${maxBytes} bytes in one document: no attestation.`);
  return documents;
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR')) throw new CliError('usage', `${file} is not a file. Name the attestation.`);
    throw error;
  }
}

function lineOf({ name, kind, size, predicate_type, path, key_id }: EvidenceAnswer): string {
  const about = kind === 'signature' ? (path ?? '') : (predicate_type ?? '');
  return [name, kind, humanSize(size), about, key_id ?? ''].filter((part) => part !== '').join('  ');
}
