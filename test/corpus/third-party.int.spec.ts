import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Examiner } from '@muniment/application';
import { defaultInspectionLimits } from '@muniment/domain';
import { createExaminer } from '@muniment/examiner';
import { identify, planFor } from '@muniment/formats';
import { writeCorpus } from './corpus.js';

/** Other people's programs read what the corpus calls good, and what they write is accepted. Needs tar, python3 with pip, and npm. */
let directory: string;
let paths: ReadonlyMap<string, string>;
let examiner: Examiner;

const path = (name: string) => paths.get(name) ?? '';
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'third-party-'));
  paths = writeCorpus(join(directory, 'corpus'));
  examiner = createExaminer({ threads: 1, scratchDir: join(directory, 'scratch') });
}, 60_000);

afterAll(async () => {
  await examiner.close();
  rmSync(directory, { recursive: true, force: true });
});

async function inspectionOf(file: string) {
  const local = join(directory, file);
  const { stored, outcome } = await examiner.examine({ localPath: local }, planFor(file), file, defaultInspectionLimits);
  expect(stored).toEqual(identify(readFileSync(local)));
  return 'inspection' in outcome ? outcome.inspection : outcome.refusal.code;
}

describe('third-party readers accept the good files', () => {
  it('GNU tar lists the wheelhouse', () => {
    expect(run('tar', 'tzf', path('good-wheelhouse')).split('\n')).toContain('.wheelhouse/alpha-1.0-py3-none-any.whl');
  });

  it.each(['good-wheelhouse-multi-member-gzip', 'good-sdist', 'good-npm-package', 'good-crate', 'good-pax-and-gnu-names'])(
    'GNU tar reads %s',
    (name) => {
      expect(run('tar', 'tzf', path(name))).not.toBe('');
    },
  );

  it.each(['good-wheel', 'good-zip', 'good-empty-zip'])('Python tests %s', (name) => {
    expect(run('python3', '-m', 'zipfile', '-t', path(name))).toContain('Done testing');
  });

  it('pip installs from the wheelhouse, offline', () => {
    mkdirSync(join(directory, 'unpacked'));
    run('tar', 'xzf', path('good-wheelhouse'), '-C', 'unpacked');
    run('python3', '-m', 'pip', 'install', '--quiet', '--no-index', '--find-links', 'unpacked/.wheelhouse', '--target', 'site', 'gamma');
    const code = "import sys; sys.path.insert(0, 'site'); import alpha, beta_tools, gamma; print(gamma.__version__)";
    expect(run('python3', '-c', code).trim()).toBe('0.3');
  }, 60_000);
});

describe('the examiner accepts what third parties write', () => {
  beforeAll(() => {
    mkdirSync(join(directory, 'in/nested/'.padEnd(150, 'd')), { recursive: true });
    writeFileSync(join(directory, 'in/a.txt'), 'a');
    writeFileSync(join(directory, 'in/nested', 'ü'.repeat(80)), 'unicode');
    writeFileSync(join(directory, 'in/big.txt'), Array.from({ length: 200_000 }, (_, i) => `${i * 7919}\n`).join(''));
  });

  it.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('GNU tar in %s format', async (format) => {
    const members = format === 'gnu' || format === 'pax' || format === 'oldgnu' ? ['in'] : ['in/a.txt', 'in/big.txt'];
    run('tar', 'czf', `gnu-${format}.tgz`, `--format=${format}`, ...members);
    expect(await inspectionOf(`gnu-${format}.tgz`)).toMatchObject({ format: 'tar+gzip', member_count: members.length === 1 ? 3 : 2 });
  });

  it('Python tarfile and shutil', async () => {
    run('python3', '-c', "import tarfile; t = tarfile.open('py.tar.gz', 'w:gz'); t.add('in'); t.close()");
    expect(await inspectionOf('py.tar.gz')).toMatchObject({ format: 'tar+gzip', member_count: 3 });
    run('python3', '-c', "import shutil; shutil.make_archive('py', 'zip', 'in')");
    expect(await inspectionOf('py.zip')).toMatchObject({ format: 'zip', member_count: 3 });
  });

  it('Python zipfile writing to a pipe, with data descriptors', async () => {
    run(
      'sh',
      '-c',
      "python3 -c \"import zipfile, sys; z = zipfile.ZipFile(sys.stdout.buffer, 'w', 8); z.write('in/a.txt'); z.write('in/big.txt'); z.close()\" | cat > piped.zip",
    );
    expect(await inspectionOf('piped.zip')).toMatchObject({ format: 'zip', member_count: 2 });
  });

  it('npm pack', async () => {
    mkdirSync(join(directory, 'npm'));
    writeFileSync(join(directory, 'npm/package.json'), '{"name":"left","version":"1.2.3"}');
    run('npm', 'pack', './npm', '--silent');
    expect(await inspectionOf('left-1.2.3.tgz')).toMatchObject({ format: 'tar+gzip', member_count: 1 });
  }, 60_000);
});
