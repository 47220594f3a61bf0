import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';

const muniment = fileURLToPath(new URL('../../apps/cli/bin/muniment.mjs', import.meta.url));
const days = 86_400_000;

interface Receipt {
  readonly package_id: string;
  readonly files: readonly { readonly path: string }[];
  readonly pointer: { readonly path: string } | null;
}

describe('a guide-board run', () => {
  let archive: ArchiveUnderTest;
  let run: string;

  beforeAll(async () => {
    archive = await startArchive();
    run = mkdtempSync(path.join(tmpdir(), 'guide-board-'));
    mkdirSync(path.join(run, 'reports'));
    writeFileSync(
      path.join(run, 'run.json'),
      JSON.stringify({ run_id: 'gb-2026-11', result_status: 'passed', evidence_counts: { files: 2 } }),
    );
    writeFileSync(path.join(run, 'reports', 'findings.json'), JSON.stringify([]));
    writeFileSync(path.join(run, 'reports', 'summary.md'), '# Findings\n\nNone.\n');
  }, 120_000);

  afterAll(async () => {
    rmSync(run, { recursive: true, force: true });
    await archive.stop();
  });

  it('is archived whole, as release evidence kept for seven years, and only once', async () => {
    const first = await push();
    expect(first.files.map((file) => file.path)).toEqual(['reports/findings.json', 'reports/summary.md', 'run.json']);
    const answer = await fetch(`${archive.url}/packages/${first.package_id}`, { headers: { Authorization: `Bearer ${archive.token}` } });
    const body = (await answer.json()) as {
      readonly state: string;
      readonly created_at: string;
      readonly retention: { readonly retention_class: string; readonly current_expires_at: string };
    };
    expect(body.state).toBe('finalized');
    expect(body.retention.retention_class).toBe('release-evidence');
    expect(Date.parse(body.retention.current_expires_at) - Date.parse(body.created_at)).toBe(2555 * days);
    expect((await push()).package_id).toBe(first.package_id);
  }, 60_000);

  it('comes back by the pointer that git keeps of it, from a clone that never had its files', async () => {
    const repository = path.join(run, '..', `${path.basename(run)}-repository`);
    const clone = `${repository}-clone`;
    try {
      mkdirSync(repository);
      const { pointer } = await push('--pointer', path.join(repository, 'docs/ci-archive'));
      await told(repository, 'git', 'init', '--quiet');
      await told(repository, 'git', 'add', 'docs');
      await told(repository, 'git', '-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'archived');
      await told(repository, 'git', 'clone', '--quiet', repository, clone);
      const kept = path.relative(repository, path.resolve(tmpdir(), pointer?.path ?? ''));
      expect(kept).toMatch(/^docs\/ci-archive\/\d{8}-gb-2026-11\/guide-board-run\.pointer\.json$/);
      await told(clone, process.execPath, muniment, 'pointer', 'check', '--history');
      await told(clone, process.execPath, muniment, 'fetch', kept);
      const file = 'reports/summary.md';
      expect(readFileSync(path.join(clone, 'ci_artifacts/run-gb-2026-11', file))).toEqual(readFileSync(path.join(run, file)));
      const text = JSON.parse(readFileSync(path.join(clone, kept), 'utf8')) as { readonly url: string; readonly manifest_digest: string };
      const headers = { Authorization: `Bearer ${archive.token}`, Accept: 'application/cbor' };
      const manifest = await fetch(`${text.url}/manifest`, { headers });
      const sha256 = createHash('sha256')
        .update(Buffer.from(await manifest.arrayBuffer()))
        .digest('hex');
      expect(text.manifest_digest).toBe(`sha256:${sha256}`);
    } finally {
      for (const folder of [repository, clone]) rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  async function push(...more: readonly string[]): Promise<Receipt> {
    const named = ['--repository', 'acme/guide-board', '--name', 'guide-board-run', '--run-id', 'gb-2026-11'];
    const args = [muniment, 'push', run, '--json', ...named, '--retention-class', 'release-evidence', ...more];
    return JSON.parse(await told(tmpdir(), process.execPath, ...args)) as Receipt;
  }

  async function told(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], HOME: run, MUNIMENT_URL: archive.url, MUNIMENT_TOKEN: archive.token };
    return (await promisify(execFile)(program, args, { env, cwd })).stdout;
  }
});
