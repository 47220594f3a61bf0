import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp } from '@muniment/contracts';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { eventually } from '../stack/left-behind.js';
import { OpensslTimestamps } from '../stack/timestamp-authority.js';

let authority: OpensslTimestamps;
/** Nobody stamped anything there. */
let stranger: OpensslTimestamps;
let archive: ArchiveUnderTest;
/** Signed while the archive had the timestamp authority. */
let stamped: string;
/** Signed while it had none. */
let unstamped: string;

const verify = (id: string, ...options: readonly string[]): Promise<CommandRun> =>
  runCommandLine(archive, ['verify', id, ...options, '--json']);
const timestamps = (run: CommandRun): readonly string[] =>
  (run.json() as { readonly checks: readonly { readonly check: string; readonly result: string }[] }).checks
    .filter(({ check }) => check === 'attestation.timestamp')
    .map(({ result }) => result);

beforeAll(async () => {
  [authority, stranger] = await Promise.all([OpensslTimestamps.start(), OpensslTimestamps.start()]);
  archive = await startArchive({ services: ['gateway', 'hasher'] });
  const api = new Caller(archive.url, archive.token);
  const signedPackage = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const signer = await archive.start('signer', env);
    const { id } = await api.archive({ 'a.bin': Buffer.from(`bytes signed with ${Object.keys(env).length} settings`) });
    await eventually('the package to be attested', async () => {
      return packagesHttp.packageAnswer.parse((await api.get(`/packages/${id}`)).json()).attestation?.state === 'signed';
    });
    await eventually('the log to be signed', async () => (await api.get(`/packages/${id}/log-proof`)).status === 200);
    await signer.stop();
    return id;
  };
  stamped = await signedPackage({ MUNIMENT_TSA_URL: authority.url });
  unstamped = await signedPackage({});
}, 120_000);
afterAll(async () => {
  await archive?.stop();
  await authority?.stop();
  await stranger?.stop();
}, 60_000);

describe('muniment verify --tsa-root', () => {
  it('judges timestamps of an authority under that root', async () => {
    const run = await verify(stamped, '--tsa-root', authority.path('ca.pem'));
    expect([run.code, run.errors]).toEqual([0, '']);
    expect(new Set(timestamps(run))).toEqual(new Set(['ok']));
  });

  it('believes it beside others that are given', async () => {
    expect((await verify(stamped, '--tsa-root', stranger.path('ca.pem'), '--tsa-root', authority.path('ca.pem'))).code).toBe(0);
  });

  it('fails timestamps of anybody else (12)', async () => {
    const run = await verify(stamped, '--tsa-root', stranger.path('ca.pem'));
    expect([run.code, timestamps(run).includes('failed')]).toEqual([12, true]);
  });

  it('does not pass where there is no timestamp (15)', async () => {
    const run = await verify(unstamped, '--tsa-root', authority.path('ca.pem'));
    expect([run.code, (run.json() as { readonly unmet: readonly string[] }).unmet]).toEqual([15, ['attestation.timestamp']]);
  });

  it('takes nothing that is no certificate (2)', async () => {
    expect((await verify(stamped, '--tsa-root', authority.path('openssl.cnf'))).code).toBe(2);
  });

  it('is what judges them: without it they are reported as not judged', async () => {
    const run = await verify(stamped);
    expect([run.code, new Set(timestamps(run))]).toEqual([0, new Set(['skipped'])]);
  });
});
