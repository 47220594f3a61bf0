import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { instantOf, type Instant } from '@muniment/domain';
import { inTotoPayloadType, preAuthEncoding, releasePredicateType, statementBytes, writeBundle } from '@muniment/formats';
import { openKeyring, type OpenedKeyring } from '@muniment/signing';
import { cosign, findOrBuild, goBuildMs, goProgramUnavailable, runProgram, type ProgramAnswer } from '../stack/go-program.js';
import { findOpenBao, startOpenBao, type RunningOpenBao } from '../stack/openbao.js';

/** Keys in a real OpenBao, which signs for the archive and never shows them; openssl and cosign verify with the public half that it tells. */
let server: RunningOpenBao;
let folder: string;

const now = instantOf(new Date());
const bytes = Buffer.from('the bytes that DSSE covers');
const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};

type Fields = Readonly<Record<string, string | number | Date | undefined>>;

/** An entry of a keyring: the key of the same name with its first public half and the token in the file `token`, but for `more`. */
function entry(key: string, more: Fields = {}): string {
  const fields: Fields = {
    name: key,
    purpose: 'attestation',
    driver: 'remote',
    url: `${server.url}/v1/transit/sign/${key}`,
    public_key_file: `${key}.1.pub`,
    token_file: 'token',
    ...more,
  };
  const written = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field} = ${value instanceof Date ? value.toISOString() : JSON.stringify(value)}`);
  return ['[[key]]', ...written].join('\n');
}

function keyring(...entries: readonly string[]): Promise<OpenedKeyring> {
  write('keyring.toml', entries.join('\n\n'));
  return openKeyring(folder);
}

/** Makes a key on the server and writes its first public half and a token for it. */
async function made(key: string, type = 'ecdsa-p256'): Promise<void> {
  await server.operate('POST', `transit/keys/${key}`, { type });
  if (type !== 'aes256-gcm96') await publicHalf(key, 1);
  write('token', await server.tokenFor(key));
}

async function publicHalf(key: string, version: number): Promise<string> {
  return write(`${key}.${String(version)}.pub`, await server.publicHalf(key, version));
}

async function signed(...entries: readonly string[]): Promise<Uint8Array> {
  return (await (await keyring(...entries)).attestation(now).sign(bytes)).signature;
}

function openssl(signature: Uint8Array, publicKey: string): Promise<ProgramAnswer> {
  const files = [write('signature', signature), write('message', bytes)] as const;
  return runProgram('openssl', ['dgst', '-sha256', '-verify', publicKey, '-signature', ...files]);
}

/** What the error says, and below it all that a log could show of it: its causes too. */
async function refusal(...entries: readonly string[]): Promise<string> {
  const signer = (await keyring(...entries)).attestation(now);
  const error = await signer.sign(bytes).then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  return `${error instanceof Error ? error.message : ''}\n${inspect(error, { depth: Infinity })}`;
}

const found = findOpenBao();
const why = 'unavailable' in found ? found.unavailable : null;
(why === null ? describe : describe.skip)(why === null ? 'a key in OpenBao' : `skipped: ${why}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muniment-remote-'));
    server = await startOpenBao('program' in found ? found.program : '');
  }, 60_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server?.stop();
  });

  it.each(['digest', 'message'])('signs what it is sent as %s, for openssl to verify', async (send) => {
    await made(`by-${send}`);
    const signature = await signed(entry(`by-${send}`, { send }));
    expect(await openssl(signature, join(folder, `by-${send}.1.pub`))).toMatchObject({ code: 0, stdout: 'Verified OK\n' });
    await made('stranger');
    expect((await openssl(signature, join(folder, 'stranger.1.pub'))).code).not.toBe(0);
  });

  it('signs checkpoints with Ed25519, whose public half is taken as the server prints it', async () => {
    await made('log', 'ed25519');
    const opened = await keyring(entry('log', { purpose: 'log' }));
    const signature = (await opened.log(now)[0]?.sign(bytes)) ?? Buffer.alloc(0);
    const key = ['-pubin', '-inkey', write('log.pem', opened.keys[0]?.publicKey ?? '')];
    const files = ['-rawin', '-in', write('message', bytes), '-sigfile', write('signature', signature)];
    expect((await runProgram('openssl', ['pkeyutl', '-verify', ...key, ...files])).code).toBe(0);
    expect(Buffer.from(await server.publicHalf('log', 1), 'base64')).toHaveLength(32);
  });

  const noCosign = goProgramUnavailable(cosign);
  (noCosign === null ? it : it.skip)(
    noCosign === null ? 'signs statements that cosign verifies' : `skipped: ${noCosign}`,
    async () => {
      await made('statements');
      const artifact = write('widgets.bin', 'the bytes of a release');
      const sha256 = (await runProgram('openssl', ['dgst', '-sha256', '-r', artifact])).stdout.slice(0, 64);
      const payload = statementBytes([{ name: 'widgets.bin', digest: { sha256, blake3: '0'.repeat(64) } }], releasePredicateType, {});
      const signer = (await keyring(entry('statements'))).attestation(now);
      const { signature, keyId } = await signer.sign(preAuthEncoding(inTotoPayloadType, payload));
      const bundle = write('widgets.sigstore.json', writeBundle({ payload, payloadType: inTotoPayloadType, signature, keyId }));
      const key = ['--key', join(folder, 'statements.1.pub'), '--insecure-ignore-tlog', '--type', releasePredicateType];
      const home = { HOME: join(folder, 'home'), TUF_ROOT: join(folder, 'no-tuf') };
      const program = await findOrBuild(cosign);
      const answer = await runProgram(program, ['verify-blob-attestation', ...key, '--bundle', bundle, artifact], home);
      expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining('Verified OK')]);
    },
    goBuildMs,
  );

  it('that is rotated on the server signs nothing under its old name, unless its version is pinned', async () => {
    await made('rotated');
    await server.operate('POST', 'transit/keys/rotated/rotate');
    expect(await refusal(entry('rotated'))).toContain('the server signed with another key (version 2) than that of rotated.1.pub');
    const old = await signed(entry('rotated', { key_version: 1 }));
    expect((await openssl(old, join(folder, 'rotated.1.pub'))).code).toBe(0);
  });

  it('hands over to its next version at the instant that the keyring names', async () => {
    await made('handed-over');
    await server.operate('POST', 'transit/keys/handed-over/rotate');
    const next = await publicHalf('handed-over', 2);
    const from = new Date(Date.parse(now) + 3_600_000);
    const versions = [
      entry('handed-over', { name: '2026', key_version: 1 }),
      entry('handed-over', { name: '2027', key_version: 2, public_key_file: 'handed-over.2.pub', not_before: from }),
    ];
    const opened = await keyring(...versions);
    const at = async (instant: Instant): Promise<Uint8Array> => (await opened.attestation(instant).sign(bytes)).signature;
    expect((await openssl(await at(now), join(folder, 'handed-over.1.pub'))).code).toBe(0);
    expect((await openssl(await at(instantOf(from)), next)).code).toBe(0);
  });

  it('goes on with the token that was renewed beside us', async () => {
    await made('renewed');
    const token = await server.tokenFor('renewed');
    write('token', token);
    const signer = (await keyring(entry('renewed'))).attestation(now);
    await signer.sign(bytes);
    await server.operate('POST', 'auth/token/revoke', { token });
    await expect(signer.sign(bytes)).rejects.toThrow('answered 403: the token is unknown, has ended, or may not sign at this URL');
    write('token', await server.tokenFor('renewed'));
    expect((await openssl((await signer.sign(bytes)).signature, join(folder, 'renewed.1.pub'))).code).toBe(0);
  });

  it('is reached over TLS by a signer that was started with the authority of the certificate, and by no other', async () => {
    await made('over-tls');
    const secured = entry('over-tls', { url: `${server.tls.url}/v1/transit/sign/over-tls` });
    expect(await refusal(secured)).toMatch(/cannot be reached[^]*self-signed certificate/);
    const script = `
      import { openKeyring } from '@muniment/signing';
      const signer = (await openKeyring(${JSON.stringify(folder)})).attestation(${JSON.stringify(now)});
      const { signature } = await signer.sign(Buffer.from(${JSON.stringify(bytes.toString())}));
      console.log(Buffer.from(signature).toString('base64'));`;
    const env = { NODE_EXTRA_CA_CERTS: server.tls.certificateFile };
    const { stdout, stderr } = await runProgram(process.execPath, ['--input-type=module', '-e', script], env);
    expect(stderr).toBe('');
    expect((await openssl(Buffer.from(stdout, 'base64'), join(folder, 'over-tls.1.pub'))).code).toBe(0);
  });

  describe('says why it does not sign', () => {
    const host = (): string => server.url.replace('http://', '');
    beforeAll(() => made('refusing'));

    it('when the token is for another key, unknown, or missing', async () => {
      const denied = `remote key refusing: ${host()} answered 403: the token is unknown, has ended, or may not sign at this URL`;
      const strange = await server.tokenFor('by-digest');
      write('strange', strange);
      write('unknown', 's.abcdefghijklmnopqrstuvwx');
      for (const token of ['strange', 'unknown', undefined]) {
        const said = await refusal(entry('refusing', { token_file: token }));
        expect(said.split('\n')[0]).toBe(denied);
        expect(said).not.toMatch(new RegExp(`${strange}|abcdefghijkl`));
      }
    });

    it('when the version does not exist, or the URL is not what the token is for', async () => {
      write('token', await server.tokenFor('refusing'));
      expect(await refusal(entry('refusing', { key_version: 9 }))).toContain('500: the key has no such version');
      expect(await refusal(entry('refusing', { url: `${server.url}/v1/transit/sign/refused` }))).toContain('may not sign at this URL');
    });

    it('when the token may do everything, but the URL is wrong', async () => {
      write('token', server.rootToken);
      expect(await refusal(entry('refusing', { url: `${server.url}/v1/nothing/sign/refusing` }))).toContain(
        '404: there is no transit engine',
      );
      expect(await refusal(entry('refusing', { url: `${server.url}/v1/transit/keys/refusing` }))).toContain('answered without a signature');
    });

    it('when the version was retired, the key is of a type that does not sign, or is gone', async () => {
      await made('retired');
      await server.operate('POST', 'transit/keys/retired/rotate');
      await server.operate('POST', 'transit/keys/retired/config', { min_encryption_version: 2, deletion_allowed: true });
      expect(await refusal(entry('retired', { key_version: 1 }))).toContain('500: that version of the key no longer signs');
      await server.operate('DELETE', 'transit/keys/retired');
      expect(await refusal(entry('retired'))).toContain('400: there is no key of that name');
      await made('cipher', 'aes256-gcm96');
      expect(await refusal(entry('cipher', { public_key_file: 'refusing.1.pub' }))).toContain('400: a key of that type does not sign');
    });

    it('when the server is sealed, or away', async () => {
      const token = await server.tokenFor('refusing');
      write('token', token);
      await server.operate('PUT', 'sys/seal');
      const sealed = await refusal(entry('refusing'));
      expect(sealed.split('\n')[0]).toBe(`remote key refusing: ${host()} answered 503: the server is sealed`);
      await server.stop();
      const away = await refusal(entry('refusing'));
      expect(away.split('\n')[0]).toBe(`remote key refusing: ${host()} cannot be reached`);
      expect(sealed + away).not.toContain(token);
    });
  });
});
