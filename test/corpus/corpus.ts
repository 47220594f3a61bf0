import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostile, type CorpusCase } from './corpus-case.js';
import { goodFiles, goodWheelhouse } from './good-files.js';
import { hostileTars } from './hostile-tars.js';
import { hostileZips } from './hostile-zips.js';

const meta = (name: string, text: string | Buffer): CorpusCase => hostile(name, 'x.tgz.meta', 'meta_malformed', () => Buffer.from(text));

const hostileMetas: readonly CorpusCase[] = [
  meta('meta-no-key', 'just text\n'),
  meta('meta-duplicate-key', 'name=a\nname=b\n'),
  meta('meta-invalid-utf8', Buffer.from([0x61, 0x3d, 0xff])),
  meta('meta-bad-digest', 'sha256=abc\n'),
  meta('meta-bad-size', 'size=many\n'),
  meta('meta-empty', ''),
  meta('meta-too-large', `a=${'x'.repeat(300 * 1024)}\n`),
];

/** Every file the examiner must accept or refuse, each with its answer. */
export const corpus: readonly CorpusCase[] = [...goodFiles, ...hostileTars, ...hostileZips, ...hostileMetas];

/**
 * A file and a `.meta` record that is well formed but says something else: the examiner accepts each, the package refuses the second one
 * to arrive with `meta_disagrees`.
 */
export interface DisagreeingPair {
  readonly name: string;
  readonly fileName: string;
  readonly file: () => Buffer;
  readonly meta: () => Buffer;
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const pair = (name: string, record: () => string): DisagreeingPair => ({
  name,
  fileName: 'wheelhouse-3.11.tgz',
  file: goodWheelhouse,
  meta: () => Buffer.from(record()),
});

export const disagreeingPairs: readonly DisagreeingPair[] = [
  pair('meta-other-digest', () => `name=wheelhouse-3.11.tgz\nsha256=${'0'.repeat(64)}\n`),
  pair('meta-other-size', () => `sha256=${sha256(goodWheelhouse())}\nsize=1\n`),
  pair('meta-other-name', () => `name=wheelhouse-3.12.tgz\nsha256=${sha256(goodWheelhouse())}\n`),
  pair('meta-other-wheels', () => `sha256=${sha256(goodWheelhouse())}\nwheels=alpha-1.0-py3-none-any.whl\n`),
];

/** Writes every case to `<directory>/<name>/<fileName>` and returns the paths by case name. */
export function writeCorpus(directory: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { name, fileName, bytes } of corpus) {
    mkdirSync(join(directory, name), { recursive: true });
    const path = join(directory, name, fileName);
    writeFileSync(path, bytes());
    paths.set(name, path);
  }
  return paths;
}
