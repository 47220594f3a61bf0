import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { tarGz } from './archive-bytes.js';
import { tinyWheel } from './tiny-wheel.js';

describe('what the demo builds when no index is reachable', () => {
  it('is a tarball that tar reads', () => {
    const directory = mkdtempSync(join(tmpdir(), 'muniment-demo-spec-'));
    try {
      const [name, bytes] = tinyWheel('munidemo_alpha', '1.0.0');
      writeFileSync(join(directory, 'w.tgz'), tarGz([[`.wheelhouse/${name}`, bytes]]));
      expect(execFileSync('tar', ['tzf', 'w.tgz'], { cwd: directory, encoding: 'utf8' })).toBe(`.wheelhouse/${name}\n`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('holds wheels whose zip directory names every file', () => {
    const [name, bytes] = tinyWheel('munidemo_alpha', '1.0.0');
    expect(name).toBe('munidemo_alpha-1.0.0-py3-none-any.whl');
    expect(bytes.readUInt32LE(0)).toBe(0x04034b50);
    const end = bytes.subarray(-22);
    expect(end.readUInt32LE(0)).toBe(0x06054b50);
    expect(end.readUInt16LE(10)).toBe(4);
    expect(bytes.readUInt32LE(end.readUInt32LE(16))).toBe(0x02014b50);
    expect(bytes.toString('latin1')).toContain('munidemo_alpha-1.0.0.dist-info/RECORD,,');
  });

  it('is the same bytes every time', () => {
    const entries = [tinyWheel('a', '1'), tinyWheel('b', '2')];
    expect(gunzipSync(tarGz(entries)).equals(gunzipSync(tarGz(entries)))).toBe(true);
    expect(() => tarGz([['x'.repeat(101), Buffer.alloc(0)]])).toThrow('too long');
  });
});
