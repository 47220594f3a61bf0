import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

  async function push(): Promise<Receipt> {
    const args = [
      muniment,
      'push',
      run,
      '--json',
      '--repository',
      'acme/guide-board',
      '--name',
      'guide-board-run',
      '--run-id',
      'gb-2026-11',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--retention-class', 'release-evidence'], {
      env: { PATH: process.env['PATH'], HOME: run, MUNIMENT_URL: archive.url, MUNIMENT_TOKEN: archive.token },
      cwd: tmpdir(),
    });
    return JSON.parse(stdout) as Receipt;
  }
});
