import { createHash, randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventsHttp } from '@muniment/contracts';
import { checkLog } from '@muniment/postgres';
import { startArchive, type ArchiveUnderTest, type ServiceUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { eventually, stagedIn } from '../stack/left-behind.js';

describe('bytes that vanish from under a running archive', () => {
  let archive: ArchiveUnderTest;
  let api: Caller;
  let hasher: ServiceUnderTest;

  beforeAll(async () => {
    archive = await startArchive({ services: ['gateway', 'retention'], env: { MUNIMENT_TICK_SECONDS: '1' } });
    api = new Caller(archive.url, archive.token);
  }, 120_000);
  afterAll(() => archive?.stop(), 60_000);

  it('before they were verified: the file is refused with what to do, once, and sending it again completes the package', async () => {
    const bytes = randomBytes(300_000);
    const { id } = await api.createPackage();
    await api.putFile(id, 'lost.bin', bytes);
    for (const name of stagedIn(archive.objects)) unlinkSync(path.join(archive.objects, 'staging', name));
    await api.post(`/packages/${id}/finalize`);
    hasher = await archive.start('hasher');

    await eventually('the file to be refused', async () => (await api.package(id)).files[0]?.state === 'refused', 60_000);
    const [file] = (await api.package(id)).files;
    expect(file?.refusal).toMatchObject({ code: 'stored_bytes_missing', detail: expect.stringContaining('Upload the file again') });
    expect(await metric('muniment_files_verified_total', 'outcome="missing"')).toBe(1);
    expect(await missing()).toEqual([1, 1]);
    // Ticks go on looking for due work: there is none.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await metric('muniment_files_verified_total', 'outcome="missing"')).toBe(1);
    expect(await metric('muniment_jobs_exhausted_total', 'job_name="verify-file"')).toBe(0);

    await api.putFile(id, 'lost.bin', bytes);
    expect((await api.finalize(id)).state).toBe('finalized');
    expect(await missing()).toEqual([1, 0]);
    const types = eventsHttp.eventAnswer
      .array()
      .parse((await api.get('/events?limit=1000')).json())
      .filter(({ subject }) => subject.id === id)
      .map(({ type }) => type);
    expect(types.filter((type) => type === 'v1.storage.bytes_missing')).toHaveLength(1);
    expect((await api.get(`/packages/${id}/files/lost.bin`)).bytes.equals(bytes)).toBe(true);
  }, 120_000);

  it('of content that the archive should know: the client is asked for them, and they heal the package that lost them', async () => {
    const bytes = randomBytes(2_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const earlier = await api.archive({ 'a.bin': bytes });
    unlinkSync(path.join(archive.objects, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256));
    const { id } = await api.createPackage();
    // A store without presigned addresses takes known content only, and says so of any other.
    const offered = await api.post(`/packages/${id}/uploads/direct`, { path: 'b.bin', size: bytes.length, sha256 });
    expect(offered.code).toBe('direct_upload_unsupported');
    await api.putFile(id, 'b.bin', bytes);
    await api.finalize(id);
    expect((await api.get(`/packages/${earlier.id}/files/a.bin`)).bytes.equals(bytes)).toBe(true);
  }, 60_000);

  it('leaves a log that can be checked', async () => {
    expect((await checkLog(archive.ownerUrl)).checks.filter((check) => !check.ok)).toEqual([]);
  });

  /** Bytes that the log says were missing so far, and files that wait for them. */
  async function missing(): Promise<readonly number[]> {
    return Promise.all(['total', 'open'].map((end) => metric(`muniment_storage_faults_${end}`, 'fault="missing"')));
  }

  async function metric(name: string, label: string): Promise<number> {
    const text = await (await fetch(`${hasher.adminUrl}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  }
});
