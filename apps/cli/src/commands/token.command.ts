import type { Command } from 'commander';
import { tokensHttp, type CreateTokenBody, type TokenAnswer } from '@muniment/contracts';
import { verbs } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { createTokenIn } from '../operator/database-verbs.js';
import type { Surroundings } from '../surroundings.js';
import { contextOf, type AddCommand } from './command-context.js';
import { list, wholeNumber } from './option-values.js';

interface CreateFlags {
  readonly name: string;
  readonly verbs?: readonly string[];
  readonly repositories?: readonly string[];
  readonly expiresInDays?: number;
  readonly databaseUrl?: string;
}

export const addToken: AddCommand = (program, surroundings) => {
  const token = program
    .command('token')
    .summary('make, list and revoke API tokens')
    .description('API tokens of the archive. Needs a token with the verb admin.');
  token
    .command('create')
    .description('Make a token. Its secret is shown once and stored nowhere.')
    .requiredOption('--name <name>', 'who uses it; events name it as their actor')
    .option('--verbs <list>', `what it may do: ${verbs.join(', ')} (default: read,write)`, list)
    .option('--repositories <list>', 'OWNER/NAME, OWNER/* or * (default: *)', list)
    .option('--expires-in-days <days>', 'when it ends (default: never)', wholeNumber)
    .option('--database-url <url>', 'write to the database itself, without a server')
    .action(async (flags: CreateFlags, command: Command) => {
      const { connect, output, server } = contextOf(command, surroundings);
      const body = bodyOf(flags);
      const database = directDatabase(flags.databaseUrl, server.url, surroundings);
      const made = database === null ? await (await connect()).createToken(body) : { ...body, ...(await createTokenIn(database, body)) };
      output.result(made, () => [made.token]);
      output.remark(`token ${made.id} (${made.name}): keep it now, it is not shown again`);
    });
  token
    .command('list')
    .description('Tokens the archive knows; never their secrets.')
    .action(async (_flags: object, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const tokens = await (await connect()).tokens();
      output.result({ tokens }, () => (tokens.length === 0 ? ['no tokens'] : tokens.map(tokenLine)));
    });
  token
    .command('revoke')
    .description('End a token at once.')
    .argument('<token-id>', 'id from "token list"')
    .action(async (tokenId: string, _flags: object, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      await (await connect()).revokeToken(tokenId);
      output.result({ id: tokenId, revoked: true }, () => [`revoked ${tokenId}`]);
    });
};

/** The database is used only when it is named and no server is. */
function directDatabase(flag: string | undefined, url: string | undefined, { env }: Surroundings): string | null {
  if (flag !== undefined) return flag;
  const named = env['MUNIMENT_DATABASE_URL'];
  const server = url ?? env['MUNIMENT_URL'];
  return named !== undefined && named !== '' && (server === undefined || server === '') ? named : null;
}

function bodyOf(flags: CreateFlags): CreateTokenBody {
  const body = {
    name: flags.name,
    verbs: flags.verbs ?? ['read', 'write'],
    repositories: flags.repositories ?? ['*'],
    ...(flags.expiresInDays === undefined ? {} : { expires_in_days: flags.expiresInDays }),
  };
  const parsed = tokensHttp.createTokenBody.safeParse(body);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new CliError('usage', `That is no token: ${why}`);
}

function tokenLine(token: TokenAnswer): string {
  const until =
    token.revoked_at !== null ? `revoked ${token.revoked_at}` : token.expires_at === null ? 'no end' : `until ${token.expires_at}`;
  return `${token.id}  ${token.name}  ${token.verbs.join(',')}  ${token.repositories.join(',')}  ${until}`;
}
