import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packagesHttp } from '@muniment/contracts';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine } from '../stack/command.js';
import { interleaved, report, wallSeconds } from './paired-runs.js';

/**
 * `muniment verify` of one large file, the whole command, against a bare process that does nothing but read the file and compute the same digests:
 * SHA-256 and BLAKE3 against the `.meta`, and SHA-512 too where an OpenPGP signature is checked. MUNIMENT_BENCH_BYTES lowers the size (default 1 GiB).
 */
const mib = 1024 * 1024;
const bytes = Number(process.env['MUNIMENT_BENCH_BYTES'] ?? 1024 * mib);
const repetitions = 5;
const digests = `
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { DualDigest } from '@muniment/formats';
const [file, more] = process.argv.slice(1);
const dual = new DualDigest();
const other = more === undefined ? null : createHash(more);
for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) { dual.update(chunk); other?.update(chunk); }
dual.finish();
`;

async function bare(file: string, ...more: readonly string[]): Promise<void> {
  const args = ['--input-type=module', '-e', digests, '--', file, ...more];
  await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
}

async function verify(archive: ArchiveUnderTest, ...args: readonly string[]): Promise<void> {
  const run = await runCommandLine(archive, ['verify', ...args]);
  if (run.code !== 0) throw new Error(`verify ended with ${run.code}: ${run.output}${run.errors}`);
}

async function archived(archive: ArchiveUnderTest, file: string): Promise<string> {
  const pushed = await runCommandLine(archive, ['push', file, '--repository', 'acme/large', '--wait', '600', '--json']);
  if (pushed.code !== 0) throw new Error(`push ended with ${pushed.code}: ${pushed.output}${pushed.errors}`);
  const { package_id: id } = pushed.json() as { package_id: string };
  const api = new Caller(archive.url, archive.token);
  // The signer reads the whole file once more, through a slower stream.
  for (let tries = 0; tries < 600; tries++) {
    const { attestation } = packagesHttp.packageAnswer.parse((await api.get(`/packages/${id}`)).json());
    if (attestation?.state === 'signed' && (await api.get(`/packages/${id}/log-proof`)).status === 200) return id;
    await sleep(500);
  }
  throw new Error('the package was not signed in time');
}

const archive = await startArchive({ services: ['gateway', 'hasher', 'signer'] });
try {
  const file = join(archive.directory, 'large.bin');
  const descriptor = openSync(file, 'wx');
  const piece = randomFillSync(Buffer.alloc(mib));
  for (let at = 0; at < bytes; at += mib) writeSync(descriptor, piece, 0, Math.min(mib, bytes - at));
  closeSync(descriptor);
  await runCommandLine(archive, ['meta', 'write', file]);
  const id = await archived(archive, file);
  for (const service of [...archive.running]) if (service.service !== 'gateway') await service.stop();
  const runs = await interleaved(
    {
      two: () => wallSeconds(() => bare(file)),
      local: () => wallSeconds(() => verify(archive, file)),
      three: () => wallSeconds(() => bare(file, 'sha512')),
      whole: () => wallSeconds(() => verify(archive, file, '--package', id, '--require', 'attestation,log,openpgp')),
    },
    repetitions,
  );
  const seconds = (name: 'two' | 'local' | 'three' | 'whole'): string => runs.map((run) => run[name].toFixed(2)).join(' ');
  const size = `${Math.round(bytes / mib)} MiB`;
  report(
    'verify FILE against its .meta, relative to both digests alone',
    runs.map((run) => run.local / run.two),
    { max: 1.2 },
    'ratio',
    `${size}; verify ${seconds('local')} s, bare ${seconds('two')} s`,
  );
  report(
    'verify FILE --package with attestations, log and OpenPGP, relative to the three digests these need',
    runs.map((run) => run.whole / run.three),
    { max: 1.2 },
    'ratio',
    `${size}; verify ${seconds('whole')} s, bare ${seconds('three')} s`,
  );
  report(
    'the same, relative to SHA-256 and BLAKE3 alone',
    runs.map((run) => run.whole / run.two),
    null,
    'ratio',
    'what a signature over SHA-512 costs beside attestations over SHA-256',
  );
} finally {
  await archive.stop();
}
