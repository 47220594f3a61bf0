import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EventAnswer } from '@muniment/contracts';
import { events as eventList, type PushReceipt } from './answers.js';
import type { EmbeddedSystem } from './embedded-system.js';
import type { Wheelhouse } from './take-wheelhouse.js';
import type { Witness } from './witness.js';

/** Collects what was compared; a comparison that fails ends the demo. */
export class Comparisons {
  readonly made: string[] = [];

  equal(what: string, expected: unknown, actual: unknown): void {
    if (expected !== actual) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
    this.made.push(what);
  }
}

interface ReadBack {
  readonly system: EmbeddedSystem;
  readonly receipt: PushReceipt;
  readonly wheelhouse: Wheelhouse;
  readonly directory: string;
  readonly witness: Witness;
  readonly list: Comparisons;
}

const pathOf = (text: string) => text.split('/').map(encodeURIComponent).join('/');

/** Every file comes back as the very bytes that were sent, with digests that independent programs compute again. */
export async function readFilesBack({ system, receipt, wheelhouse, directory, witness, list }: ReadBack): Promise<void> {
  for (const file of receipt.files) {
    const bytes = await system.get(`/packages/${receipt.package_id}/files/${pathOf(file.path)}`);
    const copy = join(directory, 'back.bin');
    await writeFile(copy, bytes);
    const sent = await readFile(join(wheelhouse.file, '..', file.path));
    list.equal(`${file.path}: the bytes that were sent`, true, bytes.equals(sent));
    list.equal(`${file.path}: size`, file.size, bytes.length);
    list.equal(`${file.path}: sha256 by ${witness.names[0] ?? ''}`, file.sha256, await witness.sha256(copy, bytes));
    const blake3 = await witness.blake3(copy);
    if (blake3 !== null) list.equal(`${file.path}: blake3 by b3sum`, file.blake3, blake3);
  }
}

/** One wheel comes out of the wheelhouse by its own address. */
export async function readMemberBack({ system, receipt, wheelhouse, directory, witness, list }: ReadBack): Promise<void> {
  const archive = receipt.files.find((f) => f.path === basename(wheelhouse.file));
  const member = archive?.members.find((m) => m.wheel !== null);
  if (archive === undefined || member === undefined) throw new Error('the archive lists no wheel in the wheelhouse');
  const bytes = await system.get(`/packages/${receipt.package_id}/files/${pathOf(archive.path)}/members/${pathOf(member.path)}`);
  const copy = join(directory, 'member.whl');
  await writeFile(copy, bytes);
  const original = wheelhouse.wheels.find(([name]) => name === basename(member.path));
  if (original !== undefined) list.equal(`${member.path}: the wheel that was put in`, true, bytes.equals(original[1]));
  list.equal(`${member.path}: sha256 of the wheel alone`, member.sha256, await witness.sha256(copy, bytes));
}

/** The manifest in both encodings: the CBOR has the digest that names the package, the JSON says the same about every file. */
export async function readManifestBack({ system, receipt, list }: ReadBack): Promise<string> {
  const cbor = await system.get(`/packages/${receipt.package_id}/manifest`, 'application/cbor');
  const digest = `sha256:${createHash('sha256').update(cbor).digest('hex')}`;
  list.equal('manifest: sha256 of its CBOR', receipt.manifest_digest, digest);
  const json = (await system.get(`/packages/${receipt.package_id}/manifest`, 'application/json')).toString('utf8');
  for (const file of receipt.files) {
    list.equal(`manifest: JSON names ${file.path}`, true, json.includes(`"digest":"sha256:${file.sha256}"`));
  }
  return json;
}

/** The package's whole life is in the log, in order, and ends with the manifest. */
export async function readEventsBack({ system, receipt, list }: ReadBack, manifestJson: string): Promise<readonly EventAnswer[]> {
  const query = `/events?after=0&limit=1000&subject=${receipt.package_id}`;
  const text = (await system.get(query, 'application/json')).toString('utf8');
  const found = eventList.parse(JSON.parse(text));
  list.equal('events: first', 'v1.package.created', found[0]?.type);
  const finalized = found.filter((e) => e.type === 'v1.package.finalized');
  list.equal('events: finalized exactly once', 1, finalized.length);
  list.equal('events: its sequence is the one of the receipt', receipt.sequence, finalized[0]?.sequence);
  list.equal('events: its payload is the manifest', true, text.includes(`"payload":${manifestJson.trimEnd()}`));
  const ascending = found.every((e, i) => i === 0 || e.sequence > (found[i - 1]?.sequence ?? 0));
  list.equal('events: in ascending order', true, ascending);
  return found;
}
