import type { CreateTokenBody } from '@muniment/contracts';
import type { TreeEvidence } from '@muniment/postgres';
import type { Witnesses } from '@muniment/verification';
import { wantedOf } from '../log/named-witnesses.js';
import { assertReachable } from './assert-reachable.js';
import { judgeCosignatures } from './judge-cosignatures.js';

/*
 * The verbs that work on the database itself. The database client is loaded only when one of them is used: everybody else starts fast and
 * needs no database package.
 */

const marks = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const;

/** Reads the whole log and checks what it promises; then the cosignatures of the newest checkpoint that bears enough of them, and of those kept elsewhere. */
export async function checkLogOf(
  databaseUrl: string,
  evidence: TreeEvidence,
  witnesses: Witnesses | null,
): Promise<{ readonly ok: boolean; readonly lines: readonly string[]; readonly report: unknown }> {
  await assertReachable(databaseUrl);
  const { checkLog } = await import('@muniment/postgres');
  const wanted = wantedOf(witnesses);
  const { newest, ...report } = await checkLog(databaseUrl, { ...evidence, ...(wanted === null ? {} : { wanted }) });
  // How old it is tells how much of the log no witness vouches for.
  const named = newest === null ? [] : [{ name: `checkpoint of ${newest.size}, log of ${report.head}`, note: newest.note }];
  const cosigned = judgeCosignatures([...named, ...evidence.kept], witnesses);
  const ok = report.ok && cosigned.every(({ result }) => result !== 'failed');
  return {
    ok,
    report: { ...report, checks: [...report.checks, ...cosigned], ok },
    lines: [
      `log head ${report.head}, ${report.events} events, ${report.unsequenced} not yet numbered`,
      ...report.checks.map((c) => `${c.ok ? 'ok  ' : 'FAIL'}  ${c.check}  ${c.detail}`),
      ...cosigned.map((c) => `${marks[c.result]}  ${c.check}  ${c.subject}: ${c.detail}${c.remedy === undefined ? '' : `. ${c.remedy}`}`),
    ],
  };
}

/** Replays the log and compares the views with it; without `verify` the replayed views take their place. */
export async function rebuildViewsOf(
  databaseUrl: string,
  verify: boolean,
): Promise<{ readonly ok: boolean; readonly lines: readonly string[]; readonly report: unknown }> {
  await assertReachable(databaseUrl);
  const { rebuildViews } = await import('@muniment/postgres');
  const report = await rebuildViews(databaseUrl, { verify });
  return {
    ok: report.identical || report.replaced,
    report,
    lines: [
      `${report.events} events replayed`,
      ...report.views.map((v) => `${v.identical ? 'same   ' : 'DIFFERS'}  ${v.view}  ${v.rows} rows, ${v.replayedRows} replayed`),
      report.replaced
        ? 'views replaced by the replayed ones'
        : report.identical
          ? 'views are what the log says'
          : 'views differ from the log',
    ],
  };
}

/** Makes a token without a server: for the first one, and when all are lost. */
export async function createTokenIn(databaseUrl: string, body: CreateTokenBody): Promise<{ readonly id: string; readonly token: string }> {
  await assertReachable(databaseUrl);
  const { createToken } = await import('@muniment/postgres');
  const { name, verbs, repositories, expires_in_days: expiresInDays } = body;
  return createToken(databaseUrl, { name, verbs, repositories, expiresInDays: expiresInDays ?? null });
}

/** Brings the database up to date as its owner: tables, the queue's schema when the queue lives here, a login for the services. May be repeated. */
export async function prepareDatabaseOf(
  ownerUrl: string,
  options: { readonly queue: boolean; readonly login: string | null },
): Promise<{ readonly applied: readonly string[]; readonly queue: boolean; readonly service_url: string | null }> {
  await assertReachable(ownerUrl);
  const { migrate, serviceLogin, serviceRole } = await import('@muniment/postgres');
  const applied = await migrate(ownerUrl);
  if (options.queue) {
    const { preparePostgresQueue } = await import('@muniment/queue');
    await preparePostgresQueue(ownerUrl, serviceRole);
  }
  const serviceUrl = options.login === null ? null : await serviceLogin(ownerUrl, options.login);
  return { applied, queue: options.queue, service_url: serviceUrl };
}
