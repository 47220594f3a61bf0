import { createHash, createPublicKey } from 'node:crypto';
import { createReadStream, mkdirSync, openSync, readFileSync, writeFileSync, writeSync, closeSync, ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { generateKey } from 'openpgp';
import { openKeyring } from '@muniment/signing';
import { instantOf } from '@muniment/domain';
import {
  archiveReceiptPredicateType,
  inTotoPayloadType,
  preAuthEncoding,
  releasePredicateType,
  statementBytes,
  writeBundle,
} from '@muniment/formats';
import { needProgram } from '../stack/debian-package.js';
import {
  cosign,
  findOrBuild,
  goBuildMs,
  goProgramUnavailable,
  runProgram,
  slsaVerifier,
  type GoProgram,
  type ProgramAnswer,
} from '../stack/go-program.js';
import { mutated, mutations, signedPackage, type SignedPackage } from './signed-package.js';

/** Programs that we did not write, on what the archive signs, offline: they accept it, and refuse what was done to it. */
let given: SignedPackage;
beforeAll(async () => {
  given = await signedPackage();
}, 60_000);
afterAll(() => given.remove());

const text = (path: string): string => readFileSync(path, 'utf8');
const refused = (answer: ProgramAnswer): boolean => answer.code !== 0;

/** A suite around a program that is built once; skipped by name where that cannot be. */
function withProgram(program: GoProgram, suite: (path: () => string) => void): void {
  const why = goProgramUnavailable(program);
  if (why !== null) {
    describe.skip(`skipped: ${why}`, () => it.todo(program.name));
    return;
  }
  describe(program.name, () => {
    let path = '';
    beforeAll(async () => {
      path = await findOrBuild(program);
    }, goBuildMs);
    suite(() => path);
  });
}

withProgram(cosign, (program) => {
  const check = (
    bundle: string,
    artifact: readonly string[],
    more: { readonly key?: string; readonly type?: string } = {},
  ): Promise<ProgramAnswer> => {
    const fixed = ['--insecure-ignore-tlog', '--key', more.key ?? given.publicKey, '--type', more.type ?? archiveReceiptPredicateType];
    const home = { HOME: join(given.folder, 'cosign-home'), TUF_ROOT: join(given.folder, 'no-tuf') };
    return runProgram(program(), ['verify-blob-attestation', ...fixed, '--bundle', bundle, ...artifact], home);
  };

  it('accepts the receipt and the release, with the key alone', async () => {
    const answer = await check(given.evidence('archive-receipt', '.sigstore.json'), [given.artifact]);
    expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining('Verified OK')]);
    expect((await check(given.evidence('release', '.sigstore.json'), [given.artifact], { type: releasePredicateType })).code).toBe(0);
  });

  it.each(mutations)('refuses %s', async (name, change) => {
    const bundle = given.write(`${name}.sigstore.json`, mutated(text(given.evidence('archive-receipt', '.sigstore.json')), change));
    expect(refused(await check(bundle, [given.artifact]))).toBe(true);
  });

  it('refuses another key, another file and another kind of statement', async () => {
    const bundle = given.evidence('archive-receipt', '.sigstore.json');
    expect(refused(await check(bundle, [given.artifact], { key: given.otherKey }))).toBe(true);
    expect(refused(await check(bundle, [given.write('other.bin', 'other bytes')]))).toBe(true);
    expect(refused(await check(bundle, [given.artifact], { type: releasePredicateType }))).toBe(true);
  });

  it('takes a file over 128 MiB by its digest', async () => {
    const { path, sha256 } = await hugeFile(given.folder);
    const subject = [{ name: 'huge.bin', digest: { sha256, blake3: '0'.repeat(64) } }];
    const payload = statementBytes(subject, archiveReceiptPredicateType, { part: 1 });
    const signer = given.keyring.attestation(instantOf(new Date()));
    const { signature, keyId } = await signer.sign(preAuthEncoding(inTotoPayloadType, payload));
    const bundle = given.write('huge.sigstore.json', writeBundle({ payload, payloadType: inTotoPayloadType, signature, keyId }));
    expect((await check(bundle, ['--digest', sha256, '--digestAlg', 'sha256'])).code).toBe(0);
    expect(refused(await check(bundle, ['--digest', 'ab'.repeat(32), '--digestAlg', 'sha256']))).toBe(true);
    // Its own bound, which is why the digest must do.
    expect(refused(await check(bundle, [path]))).toBe(true);
  }, 60_000);
});

withProgram(slsaVerifier, (program) => {
  const archive = 'https://archive.example.org';
  const check = (
    attestation: string,
    more: { readonly key?: string; readonly digest?: string; readonly level?: string } = {},
  ): Promise<ProgramAnswer> => {
    const about = ['--verifier-id', archive, '--resource-uri', `${archive}/packages/${given.packageId}`];
    const subject = ['--subject-digest', `sha256:${more.digest ?? given.sha256}`, '--verified-level', more.level ?? 'MUNIMENT_VALIDATED'];
    const key = ['--public-key-path', more.key ?? given.publicKey];
    return runProgram(program(), ['verify-vsa', '--attestation-path', attestation, ...subject, ...about, ...key], { HOME: given.folder });
  };

  it('accepts the verification summary of a validated package', async () => {
    const answer = await check(given.evidence('verification-summary', '.intoto.jsonl'));
    expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining('PASSED')]);
  });

  it.each(mutations)('refuses %s', async (name, change) => {
    // A summary has no name of a package in it: there the level is changed.
    const source = text(given.evidence('verification-summary', '.intoto.jsonl'));
    const changed =
      name === 'a flipped payload'
        ? mutated(
            source,
            (e) =>
              (e.payload = Buffer.from(Buffer.from(e.payload, 'base64').toString().replace('"widgets.bin"', '"gadgets.bin"')).toString(
                'base64',
              )),
          )
        : mutated(source, change);
    expect(
      refused(await check(given.write(`${name}.vsa.jsonl`, changed), name === 'a swapped subject' ? { digest: 'ab'.repeat(32) } : {})),
    ).toBe(true);
  });

  it('refuses another key, another digest and a level that was not reached', async () => {
    const summary = given.evidence('verification-summary', '.intoto.jsonl');
    expect(refused(await check(summary, { key: given.otherKey }))).toBe(true);
    expect(refused(await check(summary, { digest: 'ab'.repeat(32) }))).toBe(true);
    expect(refused(await check(summary, { level: 'MUNIMENT_BLESSED' }))).toBe(true);
  });
});

describe('openssl', () => {
  const check = (envelope: string, key: string): Promise<ProgramAnswer> => {
    const { payload, payloadType, signatures } = JSON.parse(envelope) as {
      payload: string;
      payloadType: string;
      signatures: [{ sig: string }];
    };
    const pae = given.write('pae', preAuthEncoding(payloadType, Buffer.from(payload, 'base64')));
    const signature = given.write('sig', Buffer.from(signatures[0].sig, 'base64'));
    return runProgram('openssl', ['dgst', '-sha256', '-verify', key, '-signature', signature, pae]);
  };

  it('verifies the bytes that DSSE covers', async () => {
    const answer = await check(text(given.evidence('archive-receipt', '.intoto.jsonl')), given.publicKey);
    expect([answer.code, answer.stdout.trim()]).toEqual([0, 'Verified OK']);
    expect(refused(await check(text(given.evidence('archive-receipt', '.intoto.jsonl')), given.otherKey))).toBe(true);
  });

  it.each(mutations)('refuses %s', async (_, change) => {
    expect(refused(await check(mutated(text(given.evidence('archive-receipt', '.intoto.jsonl')), change), given.publicKey))).toBe(true);
  });
});

describe('@sigstore/verify', () => {
  const check = (bundle: string, key = given.publicKey): void => {
    const publicKey = createPublicKey(text(key));
    const trust = {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
      publicKey: () => ({ publicKey, validFor: () => true }),
    };
    const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle))));
  };

  it('accepts every bundle', () => {
    for (const kind of ['archive-receipt', 'release', 'test-result', 'verification-summary'])
      expect(() => check(text(given.evidence(kind, '.sigstore.json')))).not.toThrow();
    expect(() => check(text(given.evidence('release', '.sigstore.json')), given.otherKey)).toThrow();
  });

  it.each(mutations)('refuses %s', (_, change) => {
    expect(() => check(mutated(text(given.evidence('archive-receipt', '.sigstore.json')), change))).toThrow();
  });
});

const noSqv = needProgram('sqv', 'sqv');
const noGpg = needProgram('gpg', 'gpg') ?? needProgram('gpgv', 'gpgv');

(noGpg === null ? describe : describe.skip)(noGpg === null ? 'gpg and gpgv' : `skipped: ${noGpg}`, () => {
  const signature = (): string => given.evidence('widgets.bin', '.asc');
  const home = (): string => {
    const folder = join(given.folder, 'gnupg');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  };
  /** What a script may go by: the primary fingerprint of VALIDSIG, its last field, and only beside GOODSIG. */
  const signer = ({ stdout }: ProgramAnswer): string | undefined =>
    /^\[GNUPG:\] GOODSIG /m.test(stdout) ? /^\[GNUPG:\] VALIDSIG .*?([0-9A-F]{40})$/m.exec(stdout)?.[1] : undefined;
  const gpg = (...args: string[]): Promise<ProgramAnswer> => runProgram('gpg', ['--homedir', home(), '--batch', '--no-autostart', ...args]);

  it('gpg imports the key and finds the pinned signer', async () => {
    expect((await gpg('--import', given.releaseKey)).code).toBe(0);
    const answer = await gpg('--status-fd', '1', '--verify', signature(), given.artifact);
    expect([answer.code, signer(answer)]).toEqual([0, given.fingerprint]);
    expect(signer(await gpg('--status-fd', '1', '--verify', signature(), given.write('other.bin', 'other bytes')))).toBeUndefined();
  });

  it('gpg tells a signature by a key that has ended meanwhile from a good one, though it exits with 0; and nothing is signed with such a key', async () => {
    const [made, ended] = [new Date(Date.now() - 3 * 86_400_000), 86_400];
    const user = { name: 'Old', email: 'old@example.org' };
    const { privateKey, publicKey } = await generateKey({
      type: 'ecc',
      userIDs: user,
      date: made,
      keyExpirationTime: ended,
      format: 'armored',
    });
    const keys = join(given.folder, 'expired-keys');
    mkdirSync(keys, { mode: 0o700 });
    writeFileSync(join(keys, 'old.asc'), privateKey, { mode: 0o600 });
    writeFileSync(join(keys, 'keyring.toml'), '[[key]]\nname = "old"\npurpose = "release"\nfile = "old.asc"\n');
    const keyring = await openKeyring(keys);
    const whenGood = instantOf(new Date(made.getTime() + 3_600_000));
    const armored = await keyring.release(whenGood)?.signDetached(createReadStream(given.artifact) as AsyncIterable<Uint8Array>, whenGood);
    await gpg('--import', given.write('old.pub.asc', publicKey));
    const answer = await gpg('--status-fd', '1', '--verify', given.write('old.asc', armored ?? ''), given.artifact);
    expect([answer.code, answer.stdout.includes('EXPKEYSIG'), signer(answer)]).toEqual([0, true, undefined]);
    expect(() => keyring.release(instantOf(new Date()))).toThrow('no release key is valid now');
  });

  it('gpgv needs no trust store, and refuses other bytes, other signatures and other keys', async () => {
    const ring = join(given.folder, 'ring.gpg');
    await gpg('--yes', '--output', ring, '--dearmor', given.releaseKey);
    const check = (asc: string, file: string, keys = ring): Promise<ProgramAnswer> =>
      runProgram('gpgv', ['--status-fd', '1', '--keyring', keys, asc, file]);
    expect(signer(await check(signature(), given.artifact))).toBe(given.fingerprint);
    expect(refused(await check(signature(), given.write('other.bin', 'other bytes')))).toBe(true);
    expect(refused(await check(given.write('flipped.asc', flippedArmor(text(signature()))), given.artifact))).toBe(true);
    const empty = given.write('empty.gpg', '');
    expect(refused(await check(signature(), given.artifact, empty))).toBe(true);
  });
});

(noSqv === null ? describe : describe.skip)(noSqv === null ? 'sqv' : `skipped: ${noSqv}`, () => {
  const check = (asc: string, file: string, key = given.releaseKey): Promise<ProgramAnswer> =>
    runProgram('sqv', ['--keyring', key, asc, file]);

  it('prints the pinned signer, and refuses other bytes, signatures and keys', async () => {
    const signature = given.evidence('widgets.bin', '.asc');
    const answer = await check(signature, given.artifact);
    expect([answer.code, answer.stdout.trim()]).toEqual([0, given.fingerprint]);
    expect(refused(await check(signature, given.write('other.bin', 'other bytes')))).toBe(true);
    expect(refused(await check(given.write('flipped.asc', flippedArmor(text(signature))), given.artifact))).toBe(true);
  });
});

/** The same armor around a signature with one bit changed. The checksum line is left out, which readers allow, so that it is the signature that fails. */
function flippedArmor(armored: string): string {
  const body = /\n\n([\s\S]*?)\n(?:=[A-Za-z0-9+/]{4}\n)?-----END/.exec(armored)?.[1] ?? '';
  const bytes = Buffer.from(body.replaceAll('\n', ''), 'base64');
  const last = bytes.length - 2;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return `-----BEGIN PGP SIGNATURE-----\n\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PGP SIGNATURE-----\n`;
}

async function hugeFile(folder: string): Promise<{ readonly path: string; readonly sha256: string }> {
  const path = join(folder, 'huge.bin');
  const file = openSync(path, 'w');
  writeSync(file, 'not only zeros');
  ftruncateSync(file, 129 * 1024 * 1024);
  closeSync(file);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(piece as Buffer);
  return { path, sha256: hash.digest('hex') };
}
