import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { defaultInspectionLimits, type InspectionLimits } from '@muniment/domain';
import { createExaminer } from '@muniment/examiner';
import { tarEnd, tarEntry, tgz } from '../corpus/tar-writer.js';
import { tinyWheel, wheelFileName } from '../corpus/tiny-wheel.js';
import { interleaved, report, wallSeconds } from './paired-runs.js';

/**
 * Goal G12: a wheelhouse of incompressible wheels - both digests of the file and of every member, and every wheel's METADATA - against
 * `tar tzf`, which only lists. Goal G13: memory while bombs are refused. MUNIMENT_BENCH_BYTES lowers the size of the wheelhouse (default 400 MB).
 */
const mib = 1024 * 1024;
const wheelBytes = 4 * mib;
const repetitions = 5;
const total = Math.min(400e6, Number(process.env['MUNIMENT_BENCH_BYTES'] ?? 400e6));
const directory = mkdtempSync(join(tmpdir(), 'inspect-bench-'));
const wheelhouse = join(directory, 'wheelhouse-3.11.tgz');

function* wheelhouseTar(bytes: number): Generator<Buffer> {
  const content = Buffer.alloc(wheelBytes);
  for (let i = 0; i * wheelBytes < bytes; i++) {
    const wheel = { name: `bulk${i}`, version: '1.0' };
    const bytes = tinyWheel(wheel, [{ name: `bulk${i}/data.so`, content: randomFillSync(content) }]);
    yield tarEntry({ name: `.wheelhouse/${wheelFileName(wheel)}`, content: bytes });
  }
  yield tarEnd;
}

const examiner = createExaminer({ threads: 1, scratchDir: directory });

async function inspect(path: string, limits: InspectionLimits): Promise<string> {
  const { outcome } = await examiner.examine({ localPath: path }, 'wheelhouse', 'wheelhouse-3.11.tgz', limits);
  return 'refusal' in outcome ? outcome.refusal.code : `${outcome.inspection.members.length} members`;
}

const tarList = () => void execFileSync('tar', ['tzf', wheelhouse], { stdio: ['ignore', 'ignore', 'inherit'] });

/** MiB by which the process grows at most while `work` runs. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  await work();
  clearInterval(sampler);
  return (peak - before) / mib;
}

async function bombGrowth(): Promise<void> {
  const bomb = join(directory, 'bomb.tgz');
  writeFileSync(bomb, tgz({ name: 'zeros', content: Buffer.alloc(512 * mib) }));
  const small = join(directory, 'small.tgz');
  writeFileSync(small, gzipSync(Buffer.concat([...wheelhouseTar(8 * wheelBytes)])));
  await inspect(small, defaultInspectionLimits); // the memory an honest wheelhouse needs is there before the bomb comes
  const bounds = { ...defaultInspectionLimits, maxRatio: 5000, maxOutputBytes: 256 * mib };
  const grown: number[] = [];
  for (const limits of [defaultInspectionLimits, bounds, defaultInspectionLimits]) {
    grown.push(
      await growth(async () => {
        const answer = await inspect(bomb, limits);
        if (!answer.startsWith('archive_')) throw new Error(`The bomb was answered with ${answer}`);
      }),
    );
  }
  report(
    'G13 memory growth while a bomb is refused',
    grown.map((g) => Math.max(g, 0.001)),
    { max: 32 },
    'MiB',
  );
}

try {
  await pipeline(Readable.from(wheelhouseTar(total)), createGzip({ level: 6 }), createWriteStream(wheelhouse));
  process.stderr.write(`wheelhouse of ${Math.round(statSync(wheelhouse).size / mib)} MiB\n`);
  tarList();
  const answer = await inspect(wheelhouse, defaultInspectionLimits);
  if (answer !== `${Math.ceil(total / wheelBytes)} members`) throw new Error(`The wheelhouse was answered with ${answer}`);
  const runs = await interleaved(
    { tar: () => wallSeconds(tarList), inspect: () => wallSeconds(() => inspect(wheelhouse, defaultInspectionLimits)) },
    repetitions,
  );
  report(
    'G12 wheelhouse inspection relative to tar tzf',
    runs.map((r) => r.inspect / r.tar),
    { max: 0.5 },
    'ratio',
  );
  await bombGrowth();
} finally {
  await examiner.close();
  rmSync(directory, { recursive: true, force: true });
}
