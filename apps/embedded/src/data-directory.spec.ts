import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataDirectory } from './data-directory.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'muniment-data-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a data directory', () => {
  it('is made with the folders above it, and opened again', () => {
    const data = path.join(folder, 'a', 'data');
    for (let times = 0; times < 2; times++) expect(new DataDirectory(data).root).toBe(data);
    expect(statSync(path.join(data, 'logs')).mode & 0o777).toBe(0o700);
  });

  it('is not opened where another user ran: root could, and would lock that one out', () => {
    new DataDirectory(folder);
    const another = (process.getuid?.() ?? 0) + 1;
    expect(() => new DataDirectory(folder, another)).toThrow(/logs belongs to user \d+$/);
  });

  it('is not made of a folder that others use, which would be closed to them', () => {
    chmodSync(folder, 0o777);
    writeFileSync(path.join(folder, 'of-others'), '');
    expect(() => new DataDirectory(folder)).toThrow(/is open to others and holds of-others$/);
    expect(statSync(folder).mode & 0o777).toBe(0o777);
    rmSync(path.join(folder, 'of-others'));
    mkdirSync(path.join(folder, 'lost+found'));
    for (let times = 0; times < 2; times++) expect(new DataDirectory(folder).root).toBe(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is not opened where a part of it is a file', () => {
    writeFileSync(path.join(folder, 'logs'), '');
    expect(() => new DataDirectory(folder)).toThrow(/logs is a file$/);
  });
});
