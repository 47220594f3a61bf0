import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLog, rebuildViews } from '@muniment/postgres';
import { goodWheelhouse } from '../corpus/good-files.js';
import { startArchive, type ArchiveUnderTest, type ServiceName } from '../stack/archive.js';
import { freePort } from '../stack/process.js';

/** All 200 in continuous integration; fewer where people wait (each kill means starting a whole service again). */
const kills = Number(process.env['MUNIMENT_TEST_KILLS'] ?? (process.env['CI'] ? 200 : 24));
const reaperAgeSeconds = 5;
const clients = 4;
const jobLockMs = 1_500;

/** What a client was promised: these bytes at that path. */
interface Acknowledged {
  readonly packageId: string;
  readonly path: string;
  readonly sha256: string;
}

describe(`kill -9 of any service, at ${kills} random moments`, () => {
  let archive: ArchiveUnderTest;
  let url: string;
  const acknowledged: Acknowledged[] = [];
  const packages = new Set<string>();

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    archive = await startArchive({
      services: [],
      env: {
        MUNIMENT_JOB_LOCK_MS: String(jobLockMs),
        MUNIMENT_TICK_SECONDS: '2',
        MUNIMENT_REAP_SECONDS: '2',
        MUNIMENT_REAPER_AGE_SECONDS: String(reaperAgeSeconds),
        MUNIMENT_LOG_LEVEL: 'error',
      },
    });
    await archive.start('gateway', { MUNIMENT_PORT: String(port) });
    for (const service of ['hasher', 'hasher', 'retention'] as const) await archive.start(service);
    const killing = [
      killAgainAndAgain('gateway', Math.ceil(kills * 0.35), { MUNIMENT_PORT: String(port) }),
      killAgainAndAgain('hasher', Math.ceil(kills * 0.45)),
      killAgainAndAgain('retention', Math.ceil(kills * 0.2)),
    ];
    let over = false;
    const working = Array.from({ length: clients }, async (_, client) => {
      while (!over) await archiveOnePackage(client);
    });
    await Promise.all(killing);
    over = true;
    await Promise.all(working);
    await everythingFinalized();
  }, 1_500_000);

  afterAll(() => archive.stop());

  it('keeps every acknowledged byte', async () => {
    expect(acknowledged.length).toBeGreaterThan(clients);
    for (const { packageId, path: file, sha256 } of acknowledged) {
      const answer = await fetch(`${url}/packages/${packageId}/files/${file}`, { headers: authorized() });
      expect(answer.status).toBe(200);
      expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(sha256);
    }
  }, 120_000);

  it('finalizes every package exactly once, and records no fact twice', async () => {
    const finalized = new Map<string, number>();
    const ingested = new Map<string, number>();
    for (const event of await allEvents()) {
      if (event.type === 'v1.package.finalized') count(finalized, event.subject.id);
      if (event.type === 'v1.file.ingested') count(ingested, `${event.subject.id}/${String(event.payload['path'])}`);
    }
    for (const id of packages) expect([id, finalized.get(id)]).toEqual([id, 1]);
    for (const [file, times] of ingested) expect([file, times]).toEqual([file, 1]);
  }, 120_000);

  it('leaves a log without gaps whose replay gives the same views', async () => {
    const report = await checkLog(archive.ownerUrl);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.unsequenced).toBe(0);
    expect((await rebuildViews(archive.ownerUrl, { verify: true })).views.filter((view) => !view.identical)).toEqual([]);
  }, 120_000);

  it('leaves no bytes behind that nothing refers to, once the reaper age is over', async () => {
    const needed = new Set(acknowledged.map((file) => file.sha256));
    for (const event of await allEvents()) if (event.type === 'v1.file.ingested') needed.add(String(event.payload['sha256']));
    const deadline = Date.now() + (reaperAgeSeconds + 20) * 1000;
    let left = leftovers(needed);
    while (left.length > 0 && Date.now() < deadline) {
      await pause(500);
      left = leftovers(needed);
    }
    expect(left).toEqual([]);
  }, 60_000);

  async function killAgainAndAgain(service: ServiceName, times: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
    for (let i = 0; i < times; i++) {
      await pause(50 + Math.random() * 400);
      const victims = [...archive.running].filter((running) => running.service === service);
      const victim = victims[Math.floor(Math.random() * victims.length)];
      await victim?.kill();
      await archive.start(service, env);
    }
  }

  async function archiveOnePackage(client: number): Promise<void> {
    const created = await persistently('POST', '/packages', {
      body: JSON.stringify({ repository: 'acme/widgets', name: `client-${client}`, producer: 'kill-test', retention_class: 'transient' }),
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    });
    const packageId = String(created['id']);
    packages.add(packageId);
    const files: readonly (readonly [string, Buffer])[] = [
      ['wheelhouse-3.11.tgz', goodWheelhouse()],
      ['report.bin', randomBytes(1 + Math.floor(Math.random() * 400_000))],
    ];
    for (const [name, bytes] of files) {
      await persistently('PUT', `/packages/${packageId}/files/${name}`, { body: new Uint8Array(bytes) });
      acknowledged.push({ packageId, path: name, sha256: digestOf(bytes) });
    }
    await persistently('POST', `/packages/${packageId}/finalize`, { headers: { 'Idempotency-Key': randomUUID() } });
  }

  /** As a CI client does: tries the same request again until it is answered with success. A refusal is a failure of the test. */
  async function persistently(method: string, address: string, init: RequestInit): Promise<Record<string, unknown>> {
    for (;;) {
      try {
        const headers = { ...authorized(), ...(init.headers as Record<string, string> | undefined) };
        const answer = await fetch(url + address, { ...init, method, headers, signal: AbortSignal.timeout(20_000) });
        const body = (await answer.json()) as Record<string, unknown>;
        if (answer.ok) return body;
        if (answer.status < 500 && body['code'] !== 'idempotency_in_progress')
          throw new Error(`${method} ${address}: ${JSON.stringify(body)}`);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith(method)) throw error;
      }
      await pause(50);
    }
  }

  async function everythingFinalized(): Promise<void> {
    const deadline = Date.now() + 120_000;
    for (const id of packages) {
      for (;;) {
        const answer = await fetch(`${url}/packages/${id}`, { headers: authorized() });
        const body = (await answer.json()) as { state: string };
        if (body.state === 'finalized') break;
        if (Date.now() > deadline) throw new Error(`package ${id} is not finalized: ${JSON.stringify(body)}`);
        await pause(100);
      }
    }
  }

  interface Event {
    readonly sequence: number;
    readonly type: string;
    readonly subject: { readonly id: string };
    readonly payload: Readonly<Record<string, unknown>>;
  }

  async function allEvents(): Promise<readonly Event[]> {
    const all: Event[] = [];
    for (let after = 0; ; ) {
      const answer = await fetch(`${url}/events?after=${after}&limit=1000`, { headers: authorized() });
      const page = (await answer.json()) as Event[];
      const last = page.at(-1);
      if (!last) return all;
      all.push(...page);
      after = last.sequence;
    }
  }

  function leftovers(needed: ReadonlySet<string>): readonly string[] {
    const blobs = filesBelow(path.join(archive.objects, 'sha256')).filter((file) => !needed.has(path.basename(file)));
    return [...filesBelow(path.join(archive.objects, 'staging')), ...blobs];
  }

  function authorized(): Record<string, string> {
    return { Authorization: `Bearer ${archive.token}` };
  }
});

function filesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
