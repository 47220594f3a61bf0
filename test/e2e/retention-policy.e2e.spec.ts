import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokensHttp } from '@muniment/contracts';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { SettableTime } from '../stack/settable-time.js';

const start = '2026-03-01T12:00:00.000Z';
const directory = mkdtempSync(path.join(tmpdir(), 'muniment-policy-'));
const policy = path.join(directory, 'retention.toml');
const time = new SettableTime(start);
let archive: ArchiveUnderTest;
let api: Caller;

beforeAll(async () => {
  writeFileSync(policy, '[classes.nightly]\ndefault_duration_seconds = 259_200\n\n[classes.transient]\ndefault_duration_seconds = 3_600\n');
  archive = await startArchive({ env: { MUNIMENT_RETENTION_POLICY: policy, MUNIMENT_CLOCK_FILE: time.file }, services: ['gateway'] });
  api = new Caller(archive.url, archive.token);
}, 120_000);

afterAll(async () => {
  await archive?.stop();
  time.remove();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const expiryOf = async (retentionClass: string, at = api): Promise<unknown> => {
  const { retention } = await at.createPackage({ retention_class: retentionClass });
  return retention.current_expires_at;
};

describe('the policy file', () => {
  it('gives classes their durations, own ones and shipped ones; the rest stays as shipped', async () => {
    expect(await expiryOf('nightly')).toBe('2026-03-04T12:00:00.000Z');
    expect(await expiryOf('transient')).toBe('2026-03-01T13:00:00.000Z');
    expect(await expiryOf('raw-evidence')).toBe('2026-03-31T12:00:00.000Z');
    expect(await expiryOf('permanent-record')).toBeNull();
  });

  it('is read once: a change waits for the next start, and leaves packages alone that exist', async () => {
    const { id } = await api.createPackage({ retention_class: 'nightly' });
    writeFileSync(policy, '[classes.nightly]\ndefault_duration_seconds = 60\n');
    expect(await expiryOf('nightly')).toBe('2026-03-04T12:00:00.000Z');
    const restarted = await archive.start('gateway');
    const anew = new Caller(restarted.url ?? '', archive.token);
    expect(await expiryOf('nightly', anew)).toBe('2026-03-01T12:01:00.000Z');
    expect((await anew.package(id)).retention.current_expires_at).toBe('2026-03-04T12:00:00.000Z');
    expect(await restarted.stop()).toBe(0);
  });

  it.each(['gateway', 'retention'] as const)('with a mistake keeps the %s from starting, and says file, line and key', async (service) => {
    const wrong = path.join(directory, 'wrong.toml');
    writeFileSync(wrong, '[classes.nightly]\ndefault_duration_seconds = 0.5\n');
    await expect(archive.start(service, { MUNIMENT_RETENTION_POLICY: wrong })).rejects.toThrow(
      `MUNIMENT_RETENTION_POLICY: ${wrong}: line 2, column 1, classes.nightly.default_duration_seconds: must be a whole number`,
    );
  });
});

describe('the clock file', () => {
  it('moves what is decided by the clock: packages and tokens', async () => {
    const body = { name: 'guest', verbs: ['read'], repositories: ['*'], expires_in_days: 1 };
    const { token } = tokensHttp.createdTokenAnswer.parse((await api.post('/tokens', body)).json());
    const guest = new Caller(archive.url, token);
    expect((await guest.get('/packages')).status).toBe(200);
    time.set('2026-03-02T12:00:01Z');
    expect((await guest.get('/packages')).status).toBe(401);
    expect(await expiryOf('raw-evidence')).toBe('2026-04-01T12:00:01.000Z');
    time.set(start);
  });

  it('without an instant keeps services from starting; with one they warn', async () => {
    const empty = path.join(directory, 'empty');
    writeFileSync(empty, '');
    await expect(archive.start('gateway', { MUNIMENT_CLOCK_FILE: empty })).rejects.toThrow(`MUNIMENT_CLOCK_FILE: ${empty} cannot be read`);
    expect([...archive.running].map((service) => service.log()).join('')).toContain(`TIME TRAVEL: the clock is the file ${time.file}`);
  });
});
