import { describe, expect, it } from '@jest/globals';
import { parseFilePath } from '@muniment/domain';
import type { CiContext } from '../ci/ci-context.js';
import { describePackage } from './describe-package.js';

const local = { repository: 'local/here', commit: 'abc' };
const ci: CiContext = {
  producer: 'github-actions',
  repository: 'acme/widgets',
  run: { id: '42', attempt: 2, commit: 'c0ffee', ref: 'refs/heads/main' },
  metadata: { ref_type: 'branch' },
};
const target = (absolute: string, ...inside: readonly string[]) => ({
  absolute,
  collected: {
    directory: inside.length > 0,
    files: (inside.length > 0 ? inside : [absolute.slice(1)]).map((path) => ({ absolute: `/x/${path}`, path: parseFilePath(path) })),
    leftOut: [],
  },
});

describe('describePackage', () => {
  it('takes what nobody says from CI and from the file name', () => {
    expect(describePackage({}, ci, local, target('/wheelhouse-3.11.tgz'))).toEqual({
      repository: 'acme/widgets',
      name: 'wheelhouse-3.11',
      kind: 'wheelhouse',
      producer: 'github-actions',
      retention_class: 'raw-evidence',
      run: { id: '42', attempt: 2, commit: 'c0ffee', ref: 'refs/heads/main' },
      metadata: { ref_type: 'branch', python: '3.11' },
    });
  });

  it('lets every flag win', () => {
    const options = {
      repository: 'a/b',
      name: 'n',
      kind: 'evidence',
      version: '1',
      producer: 'me',
      subject: 's',
      retentionClass: 'transient',
      runId: '42',
      metadata: { python: '3.12', more: 'yes' },
    };
    expect(describePackage(options, ci, local, target('/wheelhouse-3.11.tgz'))).toMatchObject({
      repository: 'a/b',
      name: 'n',
      kind: 'evidence',
      version: '1',
      producer: 'me',
      subject: 's',
      retention_class: 'transient',
      metadata: { ref_type: 'branch', python: '3.12', more: 'yes' },
    });
  });

  it('does not lend another run the attempt and address of the CI run', () => {
    expect(describePackage({ runId: '7' }, ci, local, target('/x.bin')).run).toEqual({ id: '7', commit: 'c0ffee' });
  });

  it('outside of CI uses the working directory, and has no run', () => {
    const body = describePackage({}, null, local, target('/report.json'));
    expect(body).toEqual({
      repository: 'local/here',
      name: 'report.json',
      kind: 'evidence',
      producer: 'local',
      retention_class: 'raw-evidence',
    });
  });

  it.each([
    [
      'wheelhouse-3.11-run-99.tgz',
      { name: 'wheelhouse-3.11', kind: 'wheelhouse', run: { id: '99', commit: 'abc' }, metadata: { python: '3.11' } },
    ],
    [
      'npm-binary-x86_64-unknown-linux-musl-123.tgz',
      {
        name: 'npm-binary-x86_64-unknown-linux-musl',
        kind: 'npm-binary',
        run: { id: '123', commit: 'abc' },
        metadata: { target: 'x86_64-unknown-linux-musl', platform: 'musllinux', arch: 'x86_64' },
      },
    ],
    [
      'python-package-distributions-aarch64-apple-darwin-5',
      { name: 'python-package-distributions-aarch64-apple-darwin', run: { id: '5', commit: 'abc' } },
    ],
    ['widgets-1.2.0-py3-none-any.whl', { name: 'widgets-1.2.0-py3-none-any', kind: 'wheel' }],
  ])('reads %s', (name, expected) => {
    expect(describePackage({}, null, local, target(`/${name}`))).toMatchObject(expected);
  });

  it('knows the staged directory by its own name or inside another one', () => {
    const staged = 'docs/ci-archive/20261121-4711/wheelhouse-3.11.tgz';
    expect(describePackage({}, null, local, target('/art', staged, `${staged}.meta`))).toMatchObject({
      name: 'wheelhouse-3.11',
      run: { id: '4711' },
    });
    const own = describePackage({}, null, local, target('/docs/ci-archive/20261121-4711', 'wheelhouse-3.11.tgz', 'README.txt'));
    expect(own).toMatchObject({ name: 'wheelhouse-3.11', kind: 'wheelhouse', run: { id: '4711' } });
  });

  it('takes the run from a downloaded CI artifact directory', () => {
    const body = describePackage({}, null, local, target('/wheels-x86_64-pc-windows-msvc-31', 'a.whl', 'b.whl'));
    expect(body).toMatchObject({ name: 'wheels-x86_64-pc-windows-msvc', run: { id: '31' }, metadata: { platform: 'windows' } });
  });
});
