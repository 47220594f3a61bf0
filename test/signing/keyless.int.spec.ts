import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SigningFailed } from '@muniment/application';
import { archiveReceiptPredicateType, openTrustedRoot, readAttestation, releasePredicateType } from '@muniment/formats';
import { instantOf } from '@muniment/domain';
import { cosign, findOrBuild, goBuildMs, goProgramUnavailable, runProgram, type ProgramAnswer } from '../stack/go-program.js';
import { foreignRoot, sigstoreUnavailable, startSigstore, type RunningSigstore, type TrustedRootDocument } from '../stack/sigstore.js';
import { changedRoot, identity, keylessArchive, type KeylessArchive } from './keyless-package.js';
import { mutated, mutations } from './signed-package.js';

/** Keyless signatures by the real Fulcio, Rekor and timestamp authority on loopback, verified by cosign and sigstore-js against their trusted root alone. */
// Undefined until they stand: what stood must also end when the rest did not come up.
let sigstore: RunningSigstore;
let foreign: TrustedRootDocument;
let keyless: KeylessArchive;
let bundles: ReadonlyMap<string, Buffer>;
let artifact: string;
let root: string;

const bundleOf = (statement: string): string => {
  const found = [...bundles].find(([name]) => name.startsWith(statement));
  if (found === undefined) throw new Error(`no ${statement} among ${[...bundles.keys()].join()}`);
  return found[1].toString();
};
const withoutEntries = (bundle: string): string => {
  const document = JSON.parse(bundle) as { verificationMaterial: { tlogEntries: unknown[] } };
  document.verificationMaterial.tlogEntries = [];
  return JSON.stringify(document);
};
const now = instantOf(new Date());

const why = sigstoreUnavailable();
(why === null ? describe : describe.skip)(why === null ? 'keyless attestations' : `skipped: ${why}`, () => {
  beforeAll(async () => {
    sigstore = await startSigstore();
    foreign = await foreignRoot();
    keyless = keylessArchive(sigstore);
    const id = await keyless.finalized();
    await keyless.attest(id, await keyless.open());
    bundles = await keyless.evidence(id);
    artifact = keyless.write('widgets.bin', 'the bytes of a release');
    root = JSON.stringify(sigstore.trustedRoot);
  }, goBuildMs);
  afterAll(async () => {
    keyless?.remove();
    await sigstore?.stop();
  });

  it('are one bundle each: certificate, log entry and timestamp; no envelope, which nobody could verify', () => {
    expect([...bundles.keys()].sort()).toEqual([
      expect.stringMatching(/^archive-receipt.*sigstore\.json$/),
      expect.stringMatching(/^release.*sigstore\.json$/),
    ]);
    const { verificationMaterial, dsseEnvelope } = JSON.parse(bundleOf('archive-receipt')) as {
      verificationMaterial: Record<string, unknown[]>;
      dsseEnvelope: { signatures: unknown[] };
    };
    expect(Object.keys(verificationMaterial).sort()).toEqual(['certificate', 'timestampVerificationData', 'tlogEntries']);
    expect(verificationMaterial['tlogEntries']).toHaveLength(1);
    expect(dsseEnvelope.signatures).toEqual([{ sig: expect.any(String), keyid: '' }]);
    expect(readAttestation(Buffer.from(bundleOf('archive-receipt'))).predicateType).toBe(archiveReceiptPredicateType);
  });

  describe('sigstore-js', () => {
    const check = async (bundle: string, against = root) => (await openTrustedRoot(against)).verify(Buffer.from(bundle));

    it('says who signed', async () => {
      const signer = { identity, issuer: sigstore.provider.kubernetesIssuer, sourceRepositoryId: null, sourceOwnerId: null };
      expect(await check(bundleOf('archive-receipt'))).toEqual(signer);
      expect(await check(bundleOf('release'))).toEqual(signer);
    });

    it.each(mutations)('refuses %s', async (_, change) => {
      await expect(check(mutated(bundleOf('archive-receipt'), change))).rejects.toThrow();
    });

    it('refuses a foreign root, each of its authorities alone, and a log entry that was taken away', async () => {
      const { tlogs, certificateAuthorities, timestampAuthorities } = foreign;
      const bundle = bundleOf('archive-receipt');
      await expect(check(bundle, JSON.stringify(foreign))).rejects.toThrow();
      for (const change of [{ tlogs }, { certificateAuthorities }, { timestampAuthorities }])
        await expect(check(bundle, changedRoot(sigstore.trustedRoot, change))).rejects.toThrow();
      await expect(check(withoutEntries(bundle))).rejects.toThrow('expected 1 tlog entries');
    });
  });

  const noCosign = goProgramUnavailable(cosign);
  (noCosign === null ? describe : describe.skip)(noCosign === null ? 'cosign' : `skipped: ${noCosign}`, () => {
    let program = '';
    beforeAll(async () => {
      program = await findOrBuild(cosign);
    }, goBuildMs);

    const check = (
      bundle: string,
      more: { identity?: string; issuer?: string; root?: string; type?: string } = {},
    ): Promise<ProgramAnswer> => {
      const whom = ['--certificate-identity', more.identity ?? identity];
      const vouched = ['--certificate-oidc-issuer', more.issuer ?? sigstore.provider.kubernetesIssuer];
      const trust = ['--trusted-root', keyless.write('root.json', more.root ?? root), '--use-signed-timestamps', '--insecure-ignore-sct'];
      const what = [
        '--type',
        more.type ?? archiveReceiptPredicateType,
        '--bundle',
        keyless.write('checked.sigstore.json', bundle),
        artifact,
      ];
      const home = { HOME: join(keyless.folder, 'home'), TUF_ROOT: join(keyless.folder, 'no-tuf') };
      return runProgram(program, ['verify-blob-attestation', ...whom, ...vouched, ...trust, ...what], home);
    };
    const refuses = async (bundle: string, more: Parameters<typeof check>[1] = {}): Promise<void> =>
      expect((await check(bundle, more)).code).not.toBe(0);

    it('accepts receipt and release', async () => {
      const answer = await check(bundleOf('archive-receipt'));
      expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining('Verified OK')]);
      expect((await check(bundleOf('release'), { type: releasePredicateType })).code).toBe(0);
    });

    it.each(mutations)('refuses %s', async (_, change) => refuses(mutated(bundleOf('archive-receipt'), change)));

    it('refuses another identity, another issuer, a foreign root, and a log entry that was taken away', async () => {
      const bundle = bundleOf('archive-receipt');
      await refuses(bundle, { identity: `${identity}s` });
      await refuses(bundle, { issuer: sigstore.provider.ciIssuer });
      await refuses(bundle, { root: JSON.stringify(foreign) });
      const { certificateAuthorities } = foreign;
      await refuses(bundle, { root: changedRoot(sigstore.trustedRoot, { certificateAuthorities }) });
      await refuses(withoutEntries(bundle));
    });
  });

  describe('the signer', () => {
    const signWith = async (change: Parameters<KeylessArchive['open']>[0]): Promise<unknown> =>
      (await keyless.open(change)).attestation(now).sign(Buffer.from('bytes'));

    it('asks for one certificate, however much it signs at once, and signs on without the authority', async () => {
      const asked = await counting(sigstore.fulcioUrl);
      const keyring = await keyless.open({ fulcioUrl: asked.url, rekorUrl: null });
      const signer = keyring.attestation(now);
      const made = await Promise.all(Array.from({ length: 20 }, (_, n) => signer.sign(Buffer.from(`bytes ${n}`))));
      expect([asked.count(), new Set(made.map(({ keyId }) => keyId)).size]).toEqual([1, 1]);
      await asked.close();
      expect((await signer.sign(Buffer.from('more'))).keyId).toBe(made[0]?.keyId);
    });

    it('reads its token each time, and never signs in another name than the configured one', async () => {
      const other = sigstore.provider.serviceAccountToken('muniment', 'gateway');
      await expect(signWith({ token: other })).rejects.toThrow('serviceaccounts/gateway instead of');
      const keyring = await keyless.open({ token: other });
      await expect(keyring.attestation(now).sign(Buffer.from('x'))).rejects.toThrow('instead of');
      keyless.write('token', sigstore.provider.serviceAccountToken('muniment', 'signer'));
      await expect(keyring.attestation(now).sign(Buffer.from('x'))).resolves.toMatchObject({ keyId: expect.stringMatching(/^SHA256:/) });
      await expect(signWith({ issuer: sigstore.provider.ciIssuer })).rejects.toThrow('as issuer of the identity instead of');
    });

    it('fails visibly and without its token while authority or log refuse or are away, and is done once they are back', async () => {
      const id = await keyless.finalized();
      const forged = `${sigstore.provider.serviceAccountToken('muniment', 'signer').slice(0, -8)}AAAAAAAA`;
      const nobody = 'http://127.0.0.1:1';
      for (const [change, said] of [
        [{ fulcioUrl: nobody }, 'cannot be reached'],
        [{ rekorUrl: nobody }, 'cannot be reached'],
        [{ rekorUrl: sigstore.fulcioUrl }, 'answered 404'],
        [{ token: forged }, 'answered 400'],
        [{ token: 'no token' }, 'holds no identity token'],
      ] as const) {
        const error: unknown = await keyless.attest(id, await keyless.open(change)).catch((thrown: unknown) => thrown);
        if (!(error instanceof SigningFailed) || !(error.cause instanceof Error)) throw new Error('it did not fail as signing does');
        expect(error.cause.message).toContain(said);
        expect(`${error.stack ?? ''}${error.cause.stack ?? ''}`).not.toContain(readFileSync(join(keyless.folder, 'token'), 'utf8').trim());
      }
      const { archive } = keyless;
      const due = async () => (await archive.world.attestations.standing(id))?.due;
      expect((await due())?.map(({ failure }) => failure?.code)).toEqual(['signing_failed', 'signing_failed']);
      expect((await archive.factTypes(id)).filter((type) => type === 'v1.attestation.failed').length).toBeGreaterThan(0);
      await keyless.attest(id, await keyless.open());
      expect(await due()).toEqual([]);
      expect((await archive.factTypes(id)).filter((type) => type === 'v1.attestation.signed')).toHaveLength(2);
    });

    it('believes no certificate of another key and no log entry of something else', async () => {
      const id = await keyless.finalized();
      await keyless.attest(id, await keyless.open());
      const [recorded] = (JSON.parse(bundleOf('release')) as { verificationMaterial: { tlogEntries: unknown[] } }).verificationMaterial
        .tlogEntries;
      const log = await serving((_, response) => response.end(JSON.stringify(recorded)));
      await expect(signWith({ rekorUrl: log.url })).rejects.toThrow('entered something else');
      await log.close();
      const certificate = await certificateOfAnother();
      const authority = await serving((_, response) =>
        response.end(JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates: [certificate] } } })),
      );
      await expect(signWith({ fulcioUrl: authority.url })).rejects.toThrow('certified another key');
      await authority.close();
    });
  });
});

interface Serving {
  readonly url: string;
  close(): Promise<void>;
}

async function serving(listener: RequestListener): Promise<Serving> {
  const server: Server = createServer(listener);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** Passes requests on and counts them. */
async function counting(to: string): Promise<Serving & { count(): number }> {
  let asked = 0;
  const passing = await serving((request, response) => {
    asked += 1;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const headers = { 'content-type': 'application/json' };
      void fetch(`${to}${request.url ?? ''}`, { method: 'POST', headers, body: Buffer.concat(pieces) }).then(async (answer) =>
        response.writeHead(answer.status).end(await answer.text()),
      );
    });
  });
  return { ...passing, count: () => asked };
}

/** A certificate that the authority really issued, for a key that the signer did not make. */
async function certificateOfAnother(): Promise<string> {
  const { sign } = await import('node:crypto');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const proof = sign('sha256', Buffer.from('system:serviceaccount:muniment:signer'), privateKey).toString('base64');
  const content = publicKey.export({ type: 'spki', format: 'pem' });
  const body = {
    credentials: { oidcIdentityToken: sigstore.provider.serviceAccountToken('muniment', 'signer') },
    publicKeyRequest: { publicKey: { algorithm: 'ECDSA', content }, proofOfPossession: proof },
  };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${sigstore.fulcioUrl}/api/v2/signingCert`, { method: 'POST', headers, body: JSON.stringify(body) });
  const { signedCertificateDetachedSct, signedCertificateEmbeddedSct } = (await answer.json()) as Record<
    string,
    { chain: { certificates: string[] } }
  >;
  return (signedCertificateEmbeddedSct ?? signedCertificateDetachedSct)?.chain.certificates[0] ?? '';
}
