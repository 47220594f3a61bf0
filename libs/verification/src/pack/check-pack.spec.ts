import { beforeAll, describe, expect, it } from '@jest/globals';
import { identify } from '@muniment/formats';
import { pinnedCertificate } from '../keys/honest-keys.js';
import type { Pins } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
import { unmetDemands } from '../report/required.js';
import { chunks, content, now, packageId, signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import { SmallLog } from '../spec-support/small-log.js';
import { checkPack } from './check-pack.js';
import { packPlaces } from './layout.js';
import { parsePackIndex, writePackIndex } from './pack-index.js';
import { tarEnd, tarHeader, tarPadding } from './tar-entry.js';

let world: SignedWorld;
let pins: Pins;
let whole: Buffer;
beforeAll(async () => {
  world = await signedWorld();
  pins = {
    attestation: [world.pem],
    log: [world.verifierKey],
    fingerprints: [],
    identity: null,
    certificates: [await pinnedCertificate(world.certificate)],
  };
  whole = await world.pack(await world.documents());
});

const nothing: Pins = { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] };

async function checksOf(pack: Uint8Array, by: Pins = pins, kept: string | null = null): Promise<CheckList> {
  const list = new CheckList();
  await checkPack({ open: () => chunks(pack), pins: by, kept: kept === null ? null : { note: kept, keptBy: 'a friend' }, now }, list);
  return list;
}
const failedIn = async (pack: Uint8Array): Promise<readonly string[]> => [
  ...new Set((await checksOf(pack)).failed.map(({ check }) => check)),
];

/** A pack with other documents and a table of contents that fits them: what somebody would make who knows the format. */
async function packWith(change: (documents: Map<string, Uint8Array>) => void): Promise<Buffer> {
  const documents = await world.documents();
  change(documents);
  return world.pack(documents);
}
const flip = (bytes: Uint8Array | undefined, at = 0.5): Uint8Array => {
  const copy = Buffer.from(bytes ?? new Uint8Array(1));
  const position = Math.floor(copy.length * at);
  copy[position] = (copy[position] ?? 0) ^ 1;
  return copy;
};
const member = (path: string, bytes: Uint8Array): Buffer => Buffer.concat([tarHeader(path, bytes.length), bytes, tarPadding(bytes.length)]);
const link = (path: string): Buffer => {
  const header = Buffer.from(tarHeader(path, 0));
  header.write('2', 156, 'latin1');
  header.write('/etc/passwd', 157, 'latin1');
  header.fill(0x20, 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return header;
};

describe('an evidence pack', () => {
  it('verifies by itself, and by pinned keys', async () => {
    const list = await checksOf(whole);
    expect(list.failed).toEqual([]);
    expect(list.checks.filter(({ result }) => result === 'skipped')).toEqual([]);
    const loose = await checksOf(whole, nothing);
    expect(loose.failed).toEqual([]);
    expect(loose.checks.find(({ check }) => check === 'attestation.signature')?.rests_on).toContain('anybody could have made');
  });

  it('is the same bytes every time', async () => {
    expect((await world.pack(await world.documents())).equals(whole)).toBe(true);
  });

  it('proves that it continues a checkpoint that somebody kept', async () => {
    expect(
      (await checksOf(whole, pins, await world.log.checkpoint(3))).checks.filter(({ check }) => check === 'log.consistency'),
    ).toMatchObject([{ result: 'ok' }]);
    const other = await checksOf(whole, pins, await world.log.checkpoint(3, Buffer.alloc(32, 1)));
    expect(other.failed.map(({ check }) => check)).toEqual(['log.consistency']);
    expect((await checksOf(whole, pins, await world.log.checkpoint(2))).failed.map(({ check }) => check)).toEqual(['log.consistency']);
  });

  it('is not accused by a checkpoint that was kept later', async () => {
    const later = new SmallLog(world.log.origin, world.logPrivateKey, [...world.log.entries, Buffer.from('a later event')]);
    const list = await checksOf(whole, pins, await later.checkpoint());
    expect([list.failed, unmetDemands(list, ['log.consistency'])]).toEqual([[], ['log.consistency']]);
  });

  it('names the check that fails for each thing that is changed in it, table of contents included', async () => {
    const bundle = `${packPlaces.attestations}archive-receipt.r3.sigstore.json`;
    const older = await world.log.checkpoint(4);
    const cases: readonly (readonly [string, (documents: Map<string, Uint8Array>) => void, string])[] = [
      ['manifest', (d) => d.set(packPlaces.manifestCbor, flip(d.get(packPlaces.manifestCbor))), 'manifest.digest'],
      ['manifest as JSON', (d) => d.set(packPlaces.manifestJson, flip(d.get(packPlaces.manifestJson))), 'manifest.json'],
      ['bundle', (d) => d.set(bundle, flip(d.get(bundle))), 'evidence.sha256'],
      ['bundle gone', (d) => d.delete(bundle), 'evidence.present'],
      [
        'signature',
        (d) => d.set(`${packPlaces.signatures}tool.bin.asc`, flip(d.get(`${packPlaces.signatures}tool.bin.asc`), 0.6)),
        'openpgp.signature',
      ],
      ['list of evidence gone', (d) => d.delete(packPlaces.attestationList), 'pack.members'],
      ['keys damaged', (d) => d.set(packPlaces.keyList, Buffer.from('{"keys":1}')), 'pack.members'],
      ['log proof', (d) => d.set(packPlaces.logProof, flip(d.get(packPlaces.logProof), 0.3)), 'log.inclusion'],
      ['checkpoint rolled back', (d) => d.set(packPlaces.checkpoint, Buffer.from(older)), 'log.same'],
      ['history', (d) => d.set(packPlaces.historyJson, flip(d.get(packPlaces.historyJson))), 'history.retention'],
    ];
    for (const [what, change, check] of cases)
      expect([what, await failedIn(await packWith(change))]).toEqual([what, expect.arrayContaining([check])]);
  });

  it('notices every changed byte of its members', async () => {
    const documents = await world.documents();
    for (const place of documents.keys()) {
      const at = whole.indexOf(documents.get(place) ?? '', whole.indexOf(Buffer.from(place)));
      const changed = Buffer.from(whole);
      changed[at + 3] = (changed[at + 3] ?? 0) ^ 1;
      expect([place, await failedIn(changed)]).toEqual([place, expect.arrayContaining(['pack.members', 'pack.index'])]);
    }
    const artifact = Buffer.from(whole);
    const at = whole.lastIndexOf(content.subarray(0, 100));
    artifact[at + 5] = (artifact[at + 5] ?? 0) ^ 1;
    expect(await failedIn(artifact)).toEqual(['pack.members', 'pack.index', 'file.sha256', 'file.blake3', 'openpgp.signature']);
  });

  it('notices what is missing, what is there besides, and what is another package', async () => {
    const more = Buffer.concat([member('evidence/extra', Buffer.from('x')), whole]);
    expect(await failedIn(more)).toEqual(['pack.members', 'pack.index']);
    const at = whole.lastIndexOf(Buffer.from(`{"content"`));
    const index = parsePackIndex(whole.subarray(at, whole.indexOf('\n', at) + 1));
    const without = Buffer.concat([
      whole.subarray(0, whole.lastIndexOf(Buffer.from('files/tool.bin\0'))),
      member('index.json', writePackIndex(index)),
      tarEnd(),
    ]);
    expect(await failedIn(without)).toEqual(['pack.members', 'pack.index', 'file.sha256']);
    const other = { ...index, packageId: packageId.replace('0193', '0194') };
    const elsewhere = Buffer.concat([
      whole.subarray(0, whole.lastIndexOf(Buffer.from('index.json\0'))),
      member('index.json', writePackIndex(other)),
      tarEnd(),
    ]);
    expect(await failedIn(elsewhere)).toEqual(['manifest.package']);
  });
});

describe('a pack of digests', () => {
  const checked = async (local?: Uint8Array): Promise<readonly string[]> => {
    const pack = await world.pack(await world.documents(), 'digests');
    const list = new CheckList();
    const file = local === undefined ? undefined : { blob: identify(local), open: () => chunks(local) };
    const files = new Map(file === undefined ? [] : [['tool.bin', file]]);
    await checkPack({ open: () => chunks(pack), pins, kept: null, now, local: files }, list);
    return list.checks.filter(({ ok }) => !ok).map(({ check, result }) => `${check} ${result}`);
  };

  it('proves the package, and with the file at hand the file and its signature', async () => {
    expect(await checked()).toEqual(['file.sha256 skipped', 'openpgp.signature skipped']);
    expect(await checked(content)).toEqual([]);
    const other = Buffer.from(content);
    other[0] = 0;
    expect(await checked(other)).toEqual(['file.sha256 failed', 'file.blake3 failed', 'openpgp.signature failed']);
  });
});

describe('a hostile pack', () => {
  it.each<[string, () => Uint8Array]>([
    ['a path outside', () => Buffer.concat([member('../outside', Buffer.from('x')), whole])],
    ['an absolute path', () => Buffer.concat([member('/etc/x', Buffer.from('x')), whole])],
    ['a link', () => Buffer.concat([link('evidence/link'), whole])],
    ['a member twice', () => Buffer.concat([member('README.md', Buffer.from('x')), whole])],
    ['bytes after its end', () => Buffer.concat([whole, member('more', Buffer.from('x'))])],
    ['no end', () => whole.subarray(0, whole.length - 1_024)],
    ['half of its bytes', () => whole.subarray(0, whole.length / 2)],
    ['no bytes', () => new Uint8Array()],
    ['a document of a gibibyte', () => tarHeader('evidence/bomb', 1024 ** 3)],
    ['a header of nonsense', () => Buffer.alloc(2_048, 'x')],
  ])('with %s is refused, not thrown', async (_what, pack) => {
    expect(await failedIn(pack())).toEqual(['pack.readable']);
  });

  it('of too many members is refused', async () => {
    const many = Buffer.concat(Array.from({ length: 20_001 }, (_, index) => tarHeader(`evidence/${index}`, 0)));
    expect(await failedIn(many)).toEqual(['pack.readable']);
  });

  it.each(['{}', 'null', '[]', '{"media_type":"x"}', '{"a":1,"a":2}', 'x'])('with the index %s is refused', async (text) => {
    const pack = Buffer.concat([member('index.json', Buffer.from(text)), tarEnd()]);
    expect(await failedIn(pack)).toEqual(['pack.index']);
  });
});
