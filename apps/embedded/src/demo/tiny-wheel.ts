import { createHash } from 'node:crypto';
import { zip, type Entry } from './archive-bytes.js';

/** A pure wheel that pip would install: one module, METADATA, WHEEL, and RECORD with the digests of all (PyPA binary distribution format). */
export function tinyWheel(name: string, version: string): Entry {
  const info = `${name}-${version}.dist-info`;
  const content: readonly Entry[] = [
    [`${name}.py`, Buffer.from(`"""Made by the demo."""\nVERSION = "${version}"\n`)],
    [`${info}/METADATA`, Buffer.from(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nRequires-Python: >=3.8\n`)],
    [`${info}/WHEEL`, Buffer.from('Wheel-Version: 1.0\nGenerator: muniment-demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n')],
  ];
  const record = [
    ...content.map(([path, bytes]) => `${path},sha256=${createHash('sha256').update(bytes).digest('base64url')},${String(bytes.length)}`),
    `${info}/RECORD,,`,
    '',
  ].join('\n');
  return [`${name}-${version}-py3-none-any.whl`, zip([...content, [`${info}/RECORD`, Buffer.from(record)]])];
}
