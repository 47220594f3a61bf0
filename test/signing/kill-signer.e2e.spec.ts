import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evidenceHttp, eventsHttp, packagesHttp, type EventAnswer } from '@muniment/contracts';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest, type ServiceUnderTest } from '../stack/archive.js';

const packages = Number(process.env['MUNIMENT_TEST_KILLS'] ?? 40);
let archive: ArchiveUnderTest;
beforeAll(async () => {
  archive = await startArchive({
    services: ['gateway', 'hasher', 'retention', 'signer'],
    env: { MUNIMENT_JOB_LOCK_MS: '1000', MUNIMENT_TICK_SECONDS: '1' },
  });
}, 120_000);
afterAll(() => archive.stop());

const headers = (): Readonly<Record<string, string>> => ({ authorization: `Bearer ${archive.token}`, 'content-type': 'application/json' });
const get = async (path: string): Promise<unknown> => (await fetch(`${archive.url}${path}`, { headers: headers() })).json();
const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${archive.url}${path}`, { method: 'POST', headers: headers(), body: JSON.stringify(body) });

async function archived(n: number): Promise<string> {
  const body = { repository: 'acme/widgets', name: `p${n}`, version: `1.${n}`, producer: 'e2e', retention_class: 'raw-evidence' };
  const { id } = packagesHttp.packageAnswer.parse(await (await post('/packages', body)).json());
  await fetch(`${archive.url}/packages/${id}/files/f.bin`, { method: 'PUT', headers: headers(), body: `bytes ${n}` });
  await post(`/packages/${id}/finalize`, {});
  return id;
}

const running = (service: string): readonly ServiceUnderTest[] => [...archive.running].filter((one) => one.service === service);

describe('signers that are killed while they sign', () => {
  it('leave exactly one accepted attestation per statement, whose bytes are there', async () => {
    await archive.start('signer');
    let over = false;
    const killing = (async () => {
      while (!over) {
        await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 250));
        const [victim] = running('signer');
        await victim?.kill();
        await archive.start('signer');
      }
    })();
    const ids = await Promise.all(Array.from({ length: packages }, (_, n) => archived(n)));
    // Some must be signed by signers that live only for moments, the rest when it is over.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    over = true;
    await killing;
    for (const id of ids)
      await eventually(
        `${id} to be attested`,
        async () => packagesHttp.packageAnswer.parse(await get(`/packages/${id}`)).attestation?.state === 'signed',
      );
    for (const id of ids) {
      const events = await eventsOf(id);
      const accepted = events
        .filter(({ type }) => type === 'v1.attestation.signed')
        .map(({ payload }) => `${String(payload['statement'])} ${String(payload['part'])}`);
      expect(accepted.sort()).toEqual(['archive-receipt 1', 'release 1']);
      expect(events.filter(({ type }) => type === 'v1.signature.made').map(({ payload }) => payload['path'])).toEqual(['f.bin']);
      const { attestations } = evidenceHttp.evidenceListAnswer.parse(await get(`/packages/${id}/attestations`));
      for (const { url } of attestations) expect((await fetch(`${archive.url}${url}`, { headers: headers() })).status).toBe(200);
    }
  }, 180_000);
});

async function eventsOf(id: string): Promise<readonly EventAnswer[]> {
  const events: EventAnswer[] = [];
  for (let after = 0; ; ) {
    const page = eventsHttp.eventAnswer.array().parse(await get(`/events?after=${after}&limit=500`));
    const last = page.at(-1);
    if (last === undefined) return events.filter(({ subject }) => subject.id === id);
    events.push(...page);
    after = last.sequence;
  }
}

describe('keys', () => {
  it('are known to the signer alone: no other service has their folder in its environment or a file of it open', () => {
    const keys = join(archive.directory, 'keys');
    const secrets = readdirSync(keys)
      .filter((name) => /\.(pem|asc)$/.test(name))
      .map((name) =>
        readFileSync(join(keys, name), 'utf8')
          .split('\n')
          .reduce((longest, line) => (line.length > longest.length ? line : longest)),
      );
    expect(secrets.filter((line) => line.length > 20).length).toBeGreaterThan(2);
    for (const { service, pid, log } of archive.running) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter((one) => one.startsWith('MUNIMENT_'));
      const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
        } catch {
          return []; // closed meanwhile
        }
      });
      const knows = environment.some((one) => one.includes(keys) || one.startsWith('MUNIMENT_SIGNER_'));
      expect([service, knows]).toEqual([service, service === 'signer']);
      expect(open.filter((path) => path.startsWith(keys))).toEqual([]);
      for (const line of secrets) expect(log()).not.toContain(line);
    }
  });

  it.each(['gateway', 'hasher', 'retention'])('stand in no variable that %s can be given', async (service) => {
    const module = (await import(`../../apps/${service}/dist/${service}.service.js`)) as Readonly<
      Record<string, { readonly config: object }>
    >;
    expect(Object.keys(module[service]?.config ?? {}).filter((name) => /SIGNER|PASSPHRASE|PRIVATE/.test(name))).toEqual([]);
    expect(Object.keys(module[service]?.config ?? {}).length).toBeGreaterThan(5);
  });
});
