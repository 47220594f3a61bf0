import { createHash } from 'node:crypto';
import { zip, type ZipWrite } from './zip-writer.js';

export interface TinyWheel {
  readonly name: string;
  readonly version: string;
  /** Default `py3-none-any`. */
  readonly tag?: string;
  readonly requiresDist?: readonly string[];
  /** What METADATA says when it shall differ from the file name. */
  readonly metadataName?: string;
  readonly metadataVersion?: string;
}

/** `{name}-{version}-{tag}.whl`. */
export function wheelFileName(wheel: TinyWheel): string {
  return `${wheel.name}-${wheel.version}-${wheel.tag ?? 'py3-none-any'}.whl`;
}

export function metadataOf(wheel: TinyWheel): string {
  const requires = (wheel.requiresDist ?? []).map((r) => `Requires-Dist: ${r}\n`).join('');
  const name = wheel.metadataName ?? wheel.name;
  return `Metadata-Version: 2.1\nName: ${name}\nVersion: ${wheel.metadataVersion ?? wheel.version}\nRequires-Python: >=3.8\n${requires}\nTiny.\n`;
}

function recordLine(path: string, content: string): string {
  const digest = createHash('sha256').update(content).digest('base64url');
  return `${path},sha256=${digest},${Buffer.byteLength(content)}\n`;
}

/** A wheel that pip installs: one module, METADATA, WHEEL and a RECORD with true digests. */
export function tinyWheel(wheel: TinyWheel, extra: readonly ZipWrite[] = []): Buffer {
  const info = `${wheel.name}-${wheel.version}.dist-info`;
  const files = [
    [`${wheel.name}/__init__.py`, `__version__ = "${wheel.version}"\n`],
    [`${info}/METADATA`, metadataOf(wheel)],
    [`${info}/WHEEL`, `Wheel-Version: 1.0\nGenerator: muniment-corpus\nRoot-Is-Purelib: true\nTag: ${wheel.tag ?? 'py3-none-any'}\n`],
  ] as const;
  const record = files.map(([path, content]) => recordLine(path, content)).join('') + `${info}/RECORD,,\n`;
  const entries = files.map(([name, content]) => ({ name, content }));
  return zip(...entries, ...extra, { name: `${info}/RECORD`, content: record });
}

/** The three wheels of the good wheelhouse. `gamma` needs the other two. */
export const tinyWheels: readonly TinyWheel[] = [
  { name: 'alpha', version: '1.0' },
  { name: 'beta_tools', version: '2.1.post3' },
  { name: 'gamma', version: '0.3', requiresDist: ['alpha>=1', 'beta-tools'] },
];
