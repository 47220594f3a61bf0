import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evidenceHttp, packagesHttp } from '@muniment/contracts';
import { instantOf } from '@muniment/domain';
import { inTotoPayloadType, preAuthEncoding, statementBytes, writeCertifiedBundle } from '@muniment/formats';
import { makeKeyring, openKeyring, TimestampAuthority } from '@muniment/signing';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { cosign, findOrBuild, goBuildMs, goProgramUnavailable, runProgram } from '../stack/go-program.js';
import { sigstoreUnavailable, startSigstore, type RunningSigstore } from '../stack/sigstore.js';
import { identity, keylessEntry } from './keyless-package.js';

/** A whole archive whose signer has an identity instead of an attestation key, seen from outside. */
let sigstore: RunningSigstore | undefined;
let archive: ArchiveUnderTest;
let api: Caller;
let issuer: string;
let root: string;
let signerEnv: Readonly<Record<string, string>>;

interface Report {
  readonly verified: boolean;
  readonly unmet: readonly string[];
  readonly checks: readonly { readonly check: string; readonly result: string; readonly detail: string; readonly remedy?: string }[];
}
const report = (run: CommandRun): Report => run.json() as Report;
const results = (run: CommandRun, result: string): readonly string[] => [
  ...new Set(
    report(run)
      .checks.filter((check) => check.result === result)
      .map(({ check }) => check),
  ),
];
const muniment = (...args: readonly string[]): Promise<CommandRun> => runCommandLine(archive, args);
const whom = (change: { identity?: string; issuer?: string; root?: string } = {}): readonly string[] => [
  ...['--trusted-root', change.root ?? root, '--identity', change.identity ?? identity, '--issuer', change.issuer ?? issuer],
];

async function archived(n: number): Promise<string> {
  const folder = path.join(archive.directory, `build-${n}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'tool.bin'), `bytes ${n}`);
  await muniment('meta', 'write', path.join(folder, 'tool.bin'));
  const pushed = await muniment('push', folder, '--repository', 'acme/tools', '--run-id', String(n), '--json');
  expect([pushed.code, pushed.errors]).toEqual([0, '']);
  return (pushed.json() as { package_id: string }).package_id;
}

const attested = (id: string): Promise<unknown> =>
  eventually(
    `${id} to be attested`,
    async () => packagesHttp.packageAnswer.parse((await api.get(`/packages/${id}`)).json()).attestation?.state === 'signed',
  );
const evidenceOf = async (id: string) =>
  evidenceHttp.evidenceListAnswer
    .parse((await api.get(`/packages/${id}/attestations`)).json())
    .attestations.filter(({ kind }) => kind === 'attestation');

const why = sigstoreUnavailable();
(why === null ? describe : describe.skip)(why === null ? 'an archive that signs keyless' : `skipped: ${why}`, () => {
  beforeAll(async () => {
    sigstore = await startSigstore();
    issuer = sigstore.provider.kubernetesIssuer;
    archive = await startArchive({
      services: ['gateway', 'hasher', 'retention'],
      env: { MUNIMENT_JOB_LOCK_MS: '1000', MUNIMENT_TICK_SECONDS: '1' },
    });
    api = new Caller(archive.url, archive.token);
    root = path.join(archive.directory, 'trusted_root.json');
    writeFileSync(root, JSON.stringify(sigstore.trustedRoot));
    const keys = path.join(archive.directory, 'keys');
    await makeKeyring(keys, instantOf(new Date()));
    writeFileSync(path.join(keys, 'token'), sigstore.provider.serviceAccountToken('muniment', 'signer'), { mode: 0o600 });
    // An identity takes over from the key that was made, as a rotation would.
    appendFileSync(path.join(keys, 'keyring.toml'), `\n${keylessEntry(sigstore)}not_before = ${new Date().toISOString()}\n`);
    signerEnv = { MUNIMENT_TSA_URL: sigstore.tsaUrl };
    await archive.start('signer', signerEnv);
  }, goBuildMs);
  afterAll(async () => {
    await archive?.stop();
    await sigstore?.stop();
  }, 60_000);

  it('has no key of its own for what it states, and one bundle for each statement', async () => {
    const id = await archived(1);
    await attested(id);
    const [receipt, ...others] = await evidenceOf(id);
    expect([receipt?.name, others]).toEqual([expect.stringMatching(/^archive-receipt\.r\d+\.sigstore\.json$/), []]);
    const { keys } = evidenceHttp.keyListAnswer.parse((await api.get('/keys')).json());
    expect(keys.map(({ key_id: keyId }) => keyId)).not.toContain(receipt?.key_id);
  }, 60_000);

  it('is verified by the identity that was said to expect, and says so when none was', async () => {
    const id = await archived(2);
    await attested(id);
    await eventually('the log to be signed', async () => (await api.get(`/packages/${id}/log-proof`)).status === 200);
    const good = await muniment('verify', id, ...whom(), '--json');
    expect([good.code, results(good, 'failed')]).toEqual([0, []]);
    expect(results(good, 'ok')).toEqual(
      expect.arrayContaining([
        'attestation.signature',
        'attestation.identity',
        'attestation.subjects',
        'receipt.manifest',
        'attestation.receipt',
      ]),
    );
    const unsaid = await muniment('verify', id, '--json');
    expect([unsaid.code, results(unsaid, 'failed')]).toEqual([0, []]);
    expect(results(unsaid, 'skipped')).toEqual(expect.arrayContaining(['attestation.signature', 'attestation.receipt']));
    expect((await muniment('verify', id, '--require', 'attestation', '--json')).code).toBe(15);
    for (const other of [{ identity: `${identity}s` }, { issuer: sigstore?.provider.ciIssuer ?? '' }]) {
      const wrong = await muniment('verify', id, ...whom(other), '--json');
      expect([wrong.code, results(wrong, 'failed')]).toEqual([12, ['attestation.identity', 'attestation.receipt']]);
    }
    const half = await muniment('verify', id, '--identity', identity);
    expect([half.code, half.errors]).toEqual([2, expect.stringContaining('--trusted-root, --identity and --issuer together')]);
  }, 60_000);

  it(
    'gives packs that verify offline, by muniment and by the cosign command of their README',
    async () => {
      const id = await archived(3);
      await attested(id);
      await eventually('the log to be signed', async () => (await api.get(`/packages/${id}/log-proof`)).status === 200);
      const pack = path.join(archive.directory, 'pack.tar');
      expect((await muniment('evidence', id, '-o', pack)).code).toBe(0);
      const offline = { ...archive, url: 'http://127.0.0.1:1', token: '' };
      const good = await runCommandLine(offline, ['verify', '--pack', pack, ...whom(), '--require', 'attestation', '--json']);
      expect([good.code, results(good, 'failed')]).toEqual([0, []]);
      const wrong = await runCommandLine(offline, ['verify', '--pack', pack, ...whom({ identity: 'https://example.org/other' }), '--json']);
      expect([wrong.code, results(wrong, 'failed')]).toEqual([12, ['attestation.identity', 'attestation.receipt']]);
      const unpacked = path.join(archive.directory, 'unpacked');
      mkdirSync(unpacked);
      execFileSync('tar', ['-xf', pack, '-C', unpacked]);
      const commands = readFileSync(path.join(unpacked, 'README.md'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('cosign verify-blob-attestation --trusted-root'));
      expect(commands).toHaveLength(1);
      const missing = goProgramUnavailable(cosign);
      if (missing !== null) {
        process.stdout.write(`skipped: ${missing}\n`);
        return;
      }
      const folder = path.dirname(await findOrBuild(cosign));
      const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: unpacked, TUF_ROOT: path.join(unpacked, 'no-tuf') };
      const run = (expected: string) =>
        runProgram('/bin/sh', ['-c', `cd "$0" && ${commands[0] ?? ''}`, unpacked], {
          ...env,
          TRUSTED_ROOT: root,
          IDENTITY: expected,
          ISSUER: issuer,
        });
      const answer = await run(identity);
      expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining('Verified OK')]);
      expect((await run('https://example.org/other')).code).not.toBe(0);
    },
    goBuildMs,
  );

  it('accepts exactly one attestation per statement, however often its signer is killed while it signs', async () => {
    let over = false;
    const killing = (async () => {
      while (!over) {
        await pause(300 + Math.random() * 900);
        await [...archive.running].find(({ service }) => service === 'signer')?.kill();
        await archive.start('signer', signerEnv);
      }
    })();
    const ids: string[] = [];
    for (let n = 10; n < 16; n++) ids.push(await archived(n));
    await pause(3_000);
    over = true;
    await killing;
    for (const id of ids) {
      await attested(id);
      expect((await evidenceOf(id)).map(({ name }) => name)).toEqual([expect.stringMatching(/^archive-receipt.*sigstore\.json$/)]);
    }
    const best = await muniment('verify', ids[0] ?? '', ...whom(), '--require', 'attestation', '--json');
    expect(best.code).toBe(0);
  }, 120_000);

  it('takes attestations of the signers that its policy names for a repository, and of nobody else', async () => {
    const { provider, fulcioUrl } = sigstore as RunningSigstore;
    const ours = 'https://github.com/acme/tools/.github/workflows/ci.yml@refs/heads/main';
    const policy = path.join(archive.directory, 'attestation.toml');
    const signer = `issuer = "${provider.ciIssuer}"\nidentity = "https://github.com/acme/tools/*"\nsource_repository_id = "4711"\n`;
    writeFileSync(policy, `[attestation."acme/tools".signers.ci]\n${signer}`);
    await expect(archive.start('gateway', { MUNIMENT_ATTESTATION_POLICY: policy })).rejects.toThrow('MUNIMENT_TRUSTED_ROOT: is required');
    const bound = await archive.start('gateway', { MUNIMENT_ATTESTATION_POLICY: policy, MUNIMENT_TRUSTED_ROOT: root });
    const id = await archived(20);
    await attested(id);
    const sha256 = createHash('sha256').update('bytes 20').digest('hex');
    const provenance = async (token: string, expected: string, issuedBy: string): Promise<string> => {
      const folder = path.join(archive.directory, 'ci-keys');
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'token'), token, { mode: 0o600 });
      writeFileSync(
        path.join(folder, 'keyring.toml'),
        keylessEntry(sigstore as RunningSigstore, { fulcioUrl, identity: expected, issuer: issuedBy }),
      );
      const payload = statementBytes(
        [{ name: 'tool.bin', digest: { sha256, blake3: '0'.repeat(64) } }],
        'https://slsa.dev/provenance/v1',
        {},
      );
      const keyring = await openKeyring(folder);
      const { signature, certification } = await keyring
        .attestation(instantOf(new Date()))
        .sign(preAuthEncoding(inTotoPayloadType, payload));
      if (certification === null) throw new Error('no certificate');
      const stamp = await new TimestampAuthority(sigstore?.tsaUrl ?? '').stamp(signature);
      return Buffer.from(writeCertifiedBundle({ payload, payloadType: inTotoPayloadType, signature }, certification, [stamp])).toString();
    };
    const relay = async (gateway: string, body: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> => {
      const headers = { authorization: `Bearer ${archive.token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${gateway}/packages/${id}/attestations`, { method: 'POST', headers, body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const url = bound.url ?? '';
    const good = await relay(url, await provenance(provider.workflowToken('acme/tools', '4711', '42'), ours, provider.ciIssuer));
    expect(good).toMatchObject({ status: 201, body: { check: { signature_verified: true, identity: ours, issuer: provider.ciIssuer } } });
    // The repository was given away and made anew under its name: another number.
    const renamed = await relay(url, await provenance(provider.workflowToken('acme/tools', '4712', '42'), ours, provider.ciIssuer));
    expect(renamed).toMatchObject({ status: 422, body: { code: 'attestation_signer_refused' } });
    expect(renamed.body['detail']).toContain('repository id 4712');
    expect(renamed.body['detail']).toContain('repository id 4711');
    const other = await provenance(provider.serviceAccountToken('muniment', 'signer'), identity, provider.kubernetesIssuer);
    expect(await relay(url, other)).toMatchObject({ status: 422, body: { code: 'attestation_signer_refused' } });
    const measured = await (await fetch(`${bound.adminUrl}/metrics`)).text();
    expect(measured).toMatch(/muniment_attestations_refused_total\{[^}]*code="attestation_signer_refused"[^}]*\} 2/);
    expect(bound.log()).toContain('an attestation was refused');
    await bound.stop();
    // Where a policy names nobody, whoever the trusted root knows is taken and recorded.
    const open = await archive.start('gateway', { MUNIMENT_TRUSTED_ROOT: root });
    expect(await relay(open.url ?? '', other)).toMatchObject({ status: 201, body: { check: { identity } } });
  }, 60_000);

  it('has no token in any log, and its signer does not start without a timestamp authority', async () => {
    const token = readFileSync(path.join(archive.directory, 'keys/token'), 'utf8').trim();
    for (const { log } of archive.running) expect(log()).not.toContain(token.slice(-40));
    await expect(archive.start('signer')).rejects.toThrow('MUNIMENT_TSA_URL');
  }, 60_000);
});
