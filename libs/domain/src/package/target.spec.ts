import { describe, expect, it } from '@jest/globals';
import { targetFacts, withTargetFacts } from './target.js';

describe('the target of a build', () => {
  it.each([
    ['x86_64-unknown-linux-gnu', 'linux', 'x86_64'],
    ['aarch64-unknown-linux-musl', 'musllinux', 'aarch64'],
    ['musllinux_1_2_x86_64', 'musllinux', 'x86_64'],
    ['x86_64-pc-windows-msvc', 'windows', 'x86_64'],
    ['i686-pc-windows-msvc', 'windows', 'i686'],
    ['macos-arm64', 'macos', 'aarch64'],
    ['universal2-apple-darwin', 'macos', 'universal2'],
    ['linux-x64', 'linux', 'x86_64'],
    ['armv7-unknown-linux-gnueabihf', 'linux', 'armv7'],
    ['powerpc64le-unknown-linux-gnu', 'linux', 'ppc64le'],
    ['linux', 'linux', undefined],
    ['sdist', undefined, undefined],
  ])('%s is for %s on %s', (target, platform, arch) => {
    expect(targetFacts(target)).toEqual({ target, ...(platform && { platform }), ...(arch && { arch }) });
  });

  it('adds to metadata what its name means, and nothing where there is no target', () => {
    expect(withTargetFacts({ target: 'aarch64-apple-darwin', a: '1' })).toEqual({
      target: 'aarch64-apple-darwin',
      platform: 'macos',
      arch: 'aarch64',
      a: '1',
    });
    expect(withTargetFacts({ a: '1' })).toEqual({ a: '1' });
  });

  it('never overrules the pusher', () => {
    expect(withTargetFacts({ target: 'linux-x64', platform: 'manylinux' })).toMatchObject({ platform: 'manylinux', arch: 'x86_64' });
  });
});
