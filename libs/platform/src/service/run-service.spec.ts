import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const service = fileURLToPath(new URL('./tiny-service.fixture.mjs', import.meta.url));
const preload = new URL('../../dist/telemetry/preload.js', import.meta.url).href;
const readyMessage = z.object({ ready: z.literal(true), adminPort: z.int(), port: z.int() });

interface Tiny {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: unknown; output: string }>;
}
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function launch(env: Record<string, string> = {}): Tiny {
  const child = spawn(process.execPath, ['--import', preload, service], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { process: child, ended: once(child, 'close').then(([code]: unknown[]) => ({ code, output })) };
}

async function ready(tiny: Tiny): Promise<z.output<typeof readyMessage>> {
  const [message] = (await once(tiny.process, 'message')) as unknown[];
  return readyMessage.parse(message);
}

describe('runService', () => {
  it('tells its parent when it is ready, measures, and ends on SIGTERM with no open handle', async () => {
    const tiny = launch();
    const { adminPort, port } = await ready(tiny);
    expect((await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${String(port)}/unknown`)).status).toBe(404);
    const text = await (await fetch(`http://127.0.0.1:${String(adminPort)}/metrics`)).text();
    expect(text).toContain('muniment_tiny_jobs_total{outcome="done"} 2');
    expect(text).toContain('muniment_tiny_jobs_total{outcome="other"} 1');
    // Counted elsewhere, and never counted so far.
    expect(text).toContain('# TYPE muniment_tiny_faults_total counter');
    expect(text).toContain('muniment_tiny_faults_total{fault="corrupt"} 7');
    expect(text).toContain('muniment_tiny_alarms_total 0');
    const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(text).toContain(`muniment_build_info{component="tiny",version="${version}"`);
    expect(text).toContain('http_server_request_duration_seconds_count');
    tiny.process.kill('SIGTERM');
    const { code, output } = await tiny.ended;
    expect(code).toBe(0);
    expect(output).not.toContain('open handles');
    expect(output).toMatch(/"trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}".*"message":"inside"/);
  });

  it('names a handle that was left open', async () => {
    const tiny = launch({ FORGET: 'yes' });
    await ready(tiny);
    tiny.process.kill('SIGINT');
    const { code, output } = await tiny.ended;
    expect(code).toBe(0);
    expect(output).toMatch(/"handles":\[.*"Timeout".*\].*open handles kept the process/);
  });

  it('stops when its parent is gone', async () => {
    const tiny = launch();
    await ready(tiny);
    tiny.process.disconnect();
    // Not "close": node does not send that to a parent that has disconnected.
    expect(await once(tiny.process, 'exit')).toEqual([0, null]);
  });

  it('lists configuration problems in plain text and exits 78', async () => {
    const { code, output } = await launch({ MUNIMENT_PORT: 'x', MUNIMENT_NONSENSE: '1' }).ended;
    expect(code).toBe(78);
    expect(output).toContain('MUNIMENT_NONSENSE: no such variable');
    expect(output).toContain('MUNIMENT_PORT: ');
    expect(output).toContain('(public port)');
  });
});
