import { describe, expect, it } from '@jest/globals';
import { archivedRunName, parseArtifactName, platformOfTarget } from './artifact-name.js';

describe('an artifact name', () => {
  it.each([
    // ING-01, ING-02
    ['wheelhouse-3.11', { kind: 'wheelhouse', python: '3.11' }],
    ['wheelhouse-3.11.tgz', { kind: 'wheelhouse', python: '3.11' }],
    ['wheelhouse-3.9.tar.gz', { kind: 'wheelhouse', python: '3.9' }],
    // ING-03
    ['wheelhouse-3.11-run-7351264981.tgz', { kind: 'wheelhouse', python: '3.11', runId: '7351264981' }],
    ['wheelhouse-3.11-run-2026.03.01-a_b.tgz', { kind: 'wheelhouse', python: '3.11', runId: '2026.03.01-a_b' }],
    ['wheelhouse-3.11-run-7351264981', { kind: 'wheelhouse', python: '3.11', runId: '7351264981' }],
    // ING-05: the staged layout only adds folders
    ['docs/ci-archive/20260301-7351264981/wheelhouse-3.11.tgz', { kind: 'wheelhouse', python: '3.11' }],
    // ING-06
    ['wheels-x86_64-unknown-linux-gnu-7351264981', { kind: 'wheelhouse', target: 'x86_64-unknown-linux-gnu', runId: '7351264981' }],
    ['wheels-aarch64-apple-darwin-7.tgz', { kind: 'wheelhouse', target: 'aarch64-apple-darwin', runId: '7' }],
    ['wheels-linux-7', { kind: 'wheelhouse', target: 'linux', runId: '7' }],
    ['npm-binary-x86_64-pc-windows-msvc-42.tar.gz', { kind: 'npm-binary', target: 'x86_64-pc-windows-msvc', runId: '42' }],
    ['wheels-sdist-42', { kind: 'sdist', runId: '42' }],
    // ING-07
    ['python-package-distributions-x86_64-unknown-linux-musl-42', { kind: 'wheelhouse', target: 'x86_64-unknown-linux-musl', runId: '42' }],
    // ING-08, ING-09
    ['alpha-1.0-py3-none-any.whl', { kind: 'wheel' }],
    ['beta_tools-2.1.post3.tar.gz', { kind: 'sdist' }],
    ['left-pad-1.2.3.tgz', { kind: 'npm-package' }],
    ['left-1.2.3-rc.1.tgz', { kind: 'npm-package' }],
    ['geo-0.1.0.crate', { kind: 'crate' }],
    ['wheelhouse.tgz', { kind: 'wheelhouse' }],
    ['wheelhouse-linux.tar.gz', { kind: 'wheelhouse' }],
    ['report.json', { kind: 'evidence' }],
    ['run-directory.tgz', { kind: 'evidence' }],
    ['', { kind: 'evidence' }],
  ])('%s is read', (name, read) => {
    expect(parseArtifactName(name)).toEqual(read);
  });

  it.each([
    ['wheelhouse-3.11.tgz.meta', { kind: 'meta', python: '3.11' }],
    ['wheelhouse-3.11-run-7.meta', { kind: 'meta', python: '3.11', runId: '7' }],
    ['wheels-linux-7.tgz.meta', { kind: 'meta', target: 'linux', runId: '7' }],
    ['report.json.meta', { kind: 'meta' }],
  ])('of a record %s tells what the record is about', (name, read) => {
    expect(parseArtifactName(name)).toEqual(read);
  });

  it.each([
    ['wheelhouse-3.11.tgz', 'wheelhouse-3.11-run-42.tgz'],
    ['wheelhouse-3.11.tgz.meta', 'wheelhouse-3.11-run-42.tgz.meta'],
    ['docs/ci-archive/20260301-42/wheelhouse-3.9.tar.gz', 'docs/ci-archive/20260301-42/wheelhouse-3.9-run-42.tar.gz'],
    ['wheelhouse-3.11-run-7.tgz', null],
    ['wheelhouse.tgz', null],
    ['report.json', null],
    ['wheelhouse-3.11.tgz/report.json', null],
  ])('%s of archived run 42 becomes %s', (path, archived) => {
    expect(archivedRunName(path, '42')).toBe(archived);
  });

  it.each(['42', '2026.03.01-a_b', 'x.tgz'])('of archived run %s is read back', (runId) => {
    expect(parseArtifactName(archivedRunName('wheelhouse-3.11.tgz', runId) ?? '')).toEqual({ kind: 'wheelhouse', python: '3.11', runId });
  });

  it('of an archived run never leaves its folder, whatever the run is called', () => {
    expect(archivedRunName('wheelhouse-3.11.tgz', '../../etc/x y')).toBe('wheelhouse-3.11-run-..-..-etc-x-y.tgz');
  });

  it('takes no folder for the name', () => {
    expect(parseArtifactName('wheelhouse-3.11.tgz/report.json')).toEqual({ kind: 'evidence' });
  });

  it('is read in time that grows with its length only', () => {
    const hostile = `wheels-${'a-'.repeat(20_000)}!`;
    const started = performance.now();
    expect(parseArtifactName(hostile)).toEqual({ kind: 'evidence' });
    // takes about a millisecond; a pattern that backtracks would need minutes
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('the platform of a target', () => {
  it.each([
    ['x86_64-unknown-linux-gnu', 'linux'],
    ['aarch64-unknown-linux-musl', 'musllinux'],
    ['x86_64-pc-windows-msvc', 'windows'],
    ['universal2-apple-darwin', 'macos'],
    ['macos-arm64', 'macos'],
    ['wasm32-unknown-unknown', 'other'],
  ])('%s is %s', (target, platform) => {
    expect(platformOfTarget(target)).toBe(platform);
  });
});
