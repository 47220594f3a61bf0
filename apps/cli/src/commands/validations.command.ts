import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { retentionHttp, type ValidationBody } from '@muniment/contracts';
import { parseStrictJson } from '@muniment/formats';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';
import { contextOf, type AddCommand } from './command-context.js';

interface AddFlags {
  readonly result: string;
  readonly report?: string;
}

export const addValidations: AddCommand = (program, surroundings) => {
  program
    .command('validations')
    .summary('record that a package was tried out')
    .command('add')
    .description(
      'Record that a package was tried out and with what result. The newest validated wheelhouses of a name are kept whatever their class says.',
    )
    .argument('<package-id>', 'package')
    .addOption(new Option('--result <result>', 'how it went').choices(['passed', 'failed']).makeOptionMandatory())
    .option('--report <file>', 'JSON of yours that becomes part of the record (whole numbers only)')
    .action(async (packageId: string, flags: AddFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const body = await bodyOf(flags, surroundings.cwd);
      const answer = await (await connect()).retention.validate(packageId, body);
      output.result(answer, () => [
        `${answer.result} at ${answer.validated_at}  [validation ${answer.validation_id}]`,
        ...(answer.curated ? ['one of the newest validated wheelhouses of its name: kept whatever its class says'] : []),
      ]);
    });
};

async function bodyOf({ result, report }: AddFlags, cwd: string): Promise<ValidationBody> {
  const body = { result, ...(report === undefined ? {} : { report: await reportIn(resolve(cwd, report)) }) };
  const parsed = retentionHttp.validationBody.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CliError(
    'usage',
    `${report ?? 'The report'} holds something that is no plain JSON: only texts, whole numbers, true, false, null, lists and objects.`,
  );
}

async function reportIn(file: string): Promise<unknown> {
  try {
    return parseStrictJson(await readFile(file, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR')) throw new CliError('usage', `${file} is not a file. Name the report.`);
    throw error;
  }
}
