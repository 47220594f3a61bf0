/**
 * A program, not a suite: a whole archive that is given a crate, a wheel and an sdist, and verifies them. `no-registry.e2e.spec.ts` runs it where there is no network but
 * the loopback, and listens to whom it speaks. Answers one JSON object; everything it makes is below the directory it is given.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { evidenceHttp } from '@muniment/contracts';

import { goodFiles } from '../corpus/good-files.js';
import { startArchive } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine } from '../stack/command.js';
import { eventually } from '../stack/left-behind.js';

/** What a dry run of a release leaves, by the kinds that registries take. */
const outputs = ['good-crate', 'good-wheel', 'good-sdist'];

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: shut-in-archive DIRECTORY');
const archive = await startArchive({ services: ['gateway', 'hasher', 'retention', 'signer'] });
try {
  const api = new Caller(archive.url, archive.token);
  const { keys } = evidenceHttp.keyListAnswer.parse((await api.get('/keys')).json());
  const key = path.join(directory, 'archive.pem');
  writeFileSync(key, keys.find(({ purpose }) => purpose === 'attestation')?.pem ?? '');
  const archived = [];
  for (const { name, fileName, bytes } of goodFiles.filter((file) => outputs.includes(file.name)))
    archived.push(await keep(name, fileName, bytes()));
  process.stdout.write(JSON.stringify({ key, archived }));

  async function keep(name: string, fileName: string, bytes: Buffer) {
    const folder = path.join(archive.directory, name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, fileName), bytes);
    const push = await muniment('push', path.join(folder, fileName), '--repository', 'acme/dry-run', '--run-id', '7', '--json');
    const { package_id: id } = push as { readonly package_id: string };
    const pkg = await eventuallySigned(id);
    await muniment('verify', id, '--download', '--key', key, '--require', 'attestation', '--json');
    const pack = path.join(directory ?? '', `${name}.tar`);
    await muniment('evidence', id, '-o', pack, '--json');
    const listed = evidenceHttp.evidenceListAnswer.parse((await api.get(`/packages/${id}/attestations`)).json()).attestations;
    const envelope = listed.find(({ name: item }) => /^archive-receipt.*\.intoto\.jsonl$/.test(item));
    const { payload } = (await api.get(envelope?.url ?? '')).json() as { readonly payload: string };
    const { subject } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { readonly subject: unknown };
    return { kind: pkg.kind, files: pkg.files.map(({ path: file, sha256 }) => ({ path: file, sha256 })), subject, pack };
  }

  async function eventuallySigned(id: string) {
    await eventually(`${id} to be attested`, async () => (await api.package(id)).attestation?.state === 'signed', 60_000);
    await eventually('the log to be signed', async () => (await api.get(`/packages/${id}/log-proof`)).status === 200, 60_000);
    return api.package(id);
  }

  async function muniment(...args: readonly string[]): Promise<unknown> {
    const run = await runCommandLine(archive, args);
    if (run.code !== 0) throw new Error(`muniment ${args[0] ?? ''} ended with ${run.code}: ${run.errors}${run.output}`);
    return run.json();
  }
} finally {
  await archive.stop();
}
