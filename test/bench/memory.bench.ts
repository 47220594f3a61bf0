import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { startArchive } from '../stack/archive.js';
import { newPackage } from './archive-client.js';
import { interleaved, report } from './paired-runs.js';
import { putStream } from './put-stream.js';

/**
 * Goal G5: resident memory of the gateway process during eight uploads at once into the file-system store, above what it holds after a warm-up, and
 * that it does not depend on the size of the files.
 * MUNIMENT_BENCH_BYTES sets the size of each file; default 1 GiB (needs eight times as much disk).
 */
const mebi = 1024 ** 2;
const bytes = Number(process.env['MUNIMENT_BENCH_BYTES'] ?? 1024 * mebi);
const small = Math.min(256 * mebi, bytes);
const uploads = 8;

const archive = await startArchive({ services: ['gateway'] });
const [gateway] = [...archive.running];
if (gateway === undefined) throw new Error('no gateway');

/** VmRSS of proc(5), in MiB. */
function resident(): number {
  const kibi = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${gateway?.pid}/status`, 'utf8'))?.[1];
  return Number(kibi) / 1024;
}

async function peakDuring(size: number): Promise<number> {
  const urls = await Promise.all(Array.from({ length: uploads }, () => newPackage(archive.url, archive.token)));
  let peak = 0;
  const sampling = setInterval(() => (peak = Math.max(peak, resident())), 50);
  const statuses = await Promise.all(
    urls.map((url) => putStream(new URL(`${url}/file`), size, { authorization: `Bearer ${archive.token}` })),
  );
  clearInterval(sampling);
  if (statuses.some((status) => status !== 201)) throw new Error(`answered ${statuses.join(', ')}`);
  const staging = path.join(archive.objects, 'staging');
  for (const name of readdirSync(staging)) rmSync(path.join(staging, name));
  return peak;
}

try {
  // What a process holds grows for a while with whatever it does first; that is not the files' doing.
  await peakDuring(small);
  const idle = resident();
  const peaks = await interleaved({ small: () => peakDuring(small), large: () => peakDuring(bytes) }, 2);
  const worst = Math.max(...peaks.map((peak) => peak.large));
  const told = peaks.map((peak) => `${Math.round(peak.small)} and ${Math.round(peak.large)}`).join(', ');
  const detail = `MiB: after warm-up ${Math.round(idle)}, peaks with files of ${small / mebi} and ${bytes / mebi} MiB: ${told}`;
  report('G5 growth of resident memory per upload, eight at once', [Math.max(0, worst - idle) / uploads], { max: 64 }, 'MiB', detail);
  const ratios = peaks.map((peak) => peak.large / peak.small);
  report('G5 peak resident memory with large files relative to small ones', ratios, { max: 1.1 }, 'ratio', detail);
} finally {
  await archive.stop();
}
