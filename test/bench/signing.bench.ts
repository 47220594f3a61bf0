import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AttestPackage, type Keyring } from '@muniment/application';
import { systemClock, systemIds } from '@muniment/assembly';
import { createPackage, defaultRetentionClasses, finalizePackage, instantOf, type FileIngested, type FileState } from '@muniment/domain';
import { identify } from '@muniment/formats';
import { createObjectStore } from '@muniment/object-store';
import { Postgres } from '@muniment/postgres';
import { makeKeyring, openKeyring } from '@muniment/signing';
import { startArchive } from '../stack/archive.js';
import { median, report, wallSeconds } from './paired-runs.js';

/**
 * Packages of one file that one signer attests with a key in a file, in a second: reading the package's events, the receipt, one ECDSA signature, bundle and
 * envelope synced to disk under the locks of their blobs, the event committed by Postgres with fsync. Eight at a time, as the signer's lane does.
 * With a release key besides, each file is read and signed with OpenPGP; that is told, and no goal.
 */
const packages = Number(process.env['MUNIMENT_BENCH_PACKAGES'] ?? 400);
const repetitions = 5;
const atOnce = 8;
const now = instantOf(new Date());

const archive = await startArchive({ services: [], databaseSettings: {} });
const postgres = new Postgres({ MUNIMENT_DATABASE_URL: archive.ownerUrl, MUNIMENT_DATABASE_POOL: 16 });
const store = createObjectStore({
  MUNIMENT_OBJECT_STORE: 'filesystem',
  MUNIMENT_OBJECT_STORE_ROOT: archive.objects,
  MUNIMENT_S3_REGION: '',
  MUNIMENT_S3_PREFIX: '',
});
const bytes = Buffer.alloc(4_096, 7);
const blob = identify(bytes);
await store.putBlob(blob.sha256, bytes);

const ingested = {
  path: 'f.bin',
  media_type: 'application/octet-stream',
  origin: 'upload',
  format: 'opaque',
  member_count: 0,
  members: null,
  wheel: null,
  declares: null,
  backend: store.backend,
  verified_at: now,
} as const;

/** A finalized package, straight into the log: this measures the signer. */
async function finalized(): Promise<string> {
  const id = systemIds.next();
  const nothing = { kind: null, version: null, subject: null, run: null, metadata: {} };
  const description = { package_id: id, repository: 'acme/widgets', name: 'bench', producer: 'bench', ...nothing };
  const [created, retained] = createPackage({ description, retentionClass: 'raw-evidence' }, defaultRetentionClasses, { now });
  const file: FileIngested = { type: 'v1.file.ingested', payload: { ...ingested, ...blob, file_id: systemIds.next() } };
  const attribution = { actor: 'token:bench', time: now };
  const subject = { kind: 'package', id } as const;
  await postgres.log.append({ subject, expectedRevision: 0, facts: [created, retained], attribution });
  await postgres.log.append({ subject, expectedRevision: 2, facts: [file], attribution });
  const loaded = await postgres.states.package(id);
  if (loaded === null) throw new Error('the package is not there');
  const files: readonly FileState[] = await postgres.states.files(id);
  const due = { ...loaded.package, finalizeRequested: true, finalizationDue: true };
  const facts = finalizePackage(due, files, { retention: { retentionClass: 'raw-evidence', expiresAt: null }, madeMetas: [] }, { now });
  await postgres.log.append({ subject, expectedRevision: loaded.package.revision, facts, attribution });
  return id;
}

async function rate(keyring: Keyring): Promise<number> {
  const ids: string[] = [];
  for (let n = 0; n < packages; n += 20) ids.push(...(await Promise.all(Array.from({ length: 20 }, finalized))));
  while ((await postgres.sequencer.pass()) > 0);
  const { log, states, attestations, locks } = postgres;
  const ports = { log, states, attestations, store, locks, keyring, timestamps: null, ids: systemIds, clock: systemClock };
  const attest = new AttestPackage(ports, { id: 'urn:muniment:bench', version: '0.1.0', logOrigin: 'bench' });
  let next = 0;
  let accepted = 0;
  const seconds = await wallSeconds(() =>
    Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
          const { statements } = await attest.execute(id, null);
          accepted += statements.length;
        }
      }),
    ),
  );
  if (accepted !== ids.length) throw new Error(`${accepted} of ${ids.length} packages were attested`);
  return ids.length / seconds;
}

/** A keyring without a release key. */
async function attestationOnly(): Promise<Keyring> {
  const folder = path.join(archive.directory, 'attestation-only');
  mkdirSync(folder, { mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path.join(folder, 'a.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(path.join(folder, 'keyring.toml'), '[[key]]\nname = "a"\npurpose = "attestation"\nfile = "a.pem"\n');
  return openKeyring(folder);
}

try {
  const keysFolder = path.join(archive.directory, 'all-keys');
  await makeKeyring(keysFolder, now);
  const plain = await attestationOnly();
  const both = await openKeyring(keysFolder);
  await rate(plain); // warm
  const measured: number[] = [];
  const withSignatures: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    measured.push(await rate(plain));
    withSignatures.push(await rate(both));
  }
  report('signing: packages attested with a local key', measured, { min: 200 }, 'packages/s', `${packages} packages, ${atOnce} at once`);
  report('signing: and their files signed with OpenPGP', withSignatures, null, 'packages/s', `median ${median(withSignatures).toFixed(0)}`);
} finally {
  await postgres.close();
  await store.close();
  await archive.stop();
}
