import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tarGz, type Entry } from './archive-bytes.js';
import { runProgram } from './run-program.js';
import { tinyWheel } from './tiny-wheel.js';

/** Small, pure, without dependencies; what is in the wheelhouse does not matter, that it is real does. */
const fromIndex = ['six', 'idna', 'packaging'];
const indexTimeoutMs = 60_000;

/** A wheelhouse to archive, and where its wheels came from. */
export interface Wheelhouse {
  readonly file: string;
  readonly source: 'index' | 'built' | 'given';
  readonly explanation: string;
  /** Name and bytes of the wheels that were put in; none for a wheelhouse that was given. */
  readonly wheels: readonly Entry[];
}

/** A copy of the user's wheelhouse: the demo writes nothing beside the original. */
export async function givenWheelhouse(original: string, directory: string): Promise<Wheelhouse> {
  const file = join(directory, basename(original));
  await copyFile(original, file);
  await copyFile(`${original}.meta`, `${file}.meta`).catch((error: unknown) => {
    if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 'ENOENT') throw error;
  });
  return { file, source: 'given', explanation: `the wheelhouse that was given: ${original}`, wheels: [] };
}

/** Real wheels from the package index pip is configured for; where there is none, wheels made here. Says which. */
export async function takeWheelhouse(directory: string): Promise<Wheelhouse> {
  const python = await pythonVersion();
  const loaded = python === null ? [] : await downloadWheels(join(directory, 'wheels'));
  const wheels = loaded.length > 0 ? loaded : [tinyWheel('munidemo_alpha', '1.0.0'), tinyWheel('munidemo_beta', '2.5.1')];
  const file = join(directory, `wheelhouse-${python ?? '3.11'}.tgz`);
  await writeFile(file, tarGz(wheels.map(([name, bytes]) => [`.wheelhouse/${name}`, bytes] as const)));
  return loaded.length > 0
    ? { file, source: 'index', explanation: `real wheels, taken with pip from its package index: ${fromIndex.join(', ')}`, wheels }
    : { file, source: 'built', explanation: 'wheels built by the demo itself (pip or its package index is not reachable)', wheels };
}

async function pythonVersion(): Promise<string | null> {
  const { code, stdout } = await runProgram('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { timeoutMs: 10_000 });
  const version = stdout.trim();
  return code === 0 && /^\d+\.\d+$/.test(version) ? version : null;
}

async function downloadWheels(into: string): Promise<readonly Entry[]> {
  await mkdir(into, { recursive: true });
  const args = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check', '--retries', '1', '--timeout', '10'];
  const { code } = await runProgram('python3', [...args, '--no-deps', '--only-binary=:all:', '--dest', into, ...fromIndex], {
    timeoutMs: indexTimeoutMs,
  });
  if (code !== 0) return [];
  const names = (await readdir(into)).filter((name) => name.endsWith('.whl')).sort();
  return Promise.all(names.map(async (name): Promise<Entry> => [name, await readFile(join(into, name))]));
}
