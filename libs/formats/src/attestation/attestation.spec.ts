import { describe, expect, it } from '@jest/globals';
import { parseBlake3, parseSha256, type ManifestFile } from '@muniment/domain';
import { nameRemark } from './wheel-remark.js';
import { parseAttestationPolicy } from '../attestation-policy/parse-attestation-policy.js';
import { splitSubjects, subjectsOf } from './subjects.js';

const file = (path: string, pair: string, members: ManifestFile['members'] = null): ManifestFile => ({
  path,
  media_type: 'x',
  digest: `sha256:${pair.repeat(32)}`,
  blake3: parseBlake3(pair.repeat(32)),
  size: 1,
  annotations: {},
  members,
  wheel: null,
});
const wheel = {
  name: 'w',
  version: '1',
  build: null,
  tags: [],
  requires_python: null,
  requires_dist: [],
  metadata_sha256: parseSha256('0'.repeat(64)),
};
const member = (path: string, pair: string) => ({
  path,
  size: 1,
  sha256: parseSha256(pair.repeat(32)),
  blake3: parseBlake3(pair.repeat(32)),
  wheel,
});

describe('subjects', () => {
  it('are files by path and wheels by file name, verbatim, each once', () => {
    const name = 'w-1-py2.py3-none-any.whl';
    const files = [
      file('dist/house.tgz', 'aa', [member(`wheels/${name}`, 'bb'), member('deep/other-1-py3-none-any.whl', 'cc')]),
      file(name, 'bb'),
    ];
    expect(subjectsOf({ files }).map((subject) => [subject.name, subject.digest.sha256.slice(0, 2)])).toEqual([
      ['dist/house.tgz', 'aa'],
      ['other-1-py3-none-any.whl', 'cc'],
      [name, 'bb'],
    ]);
  });

  it('of one name and different bytes are told apart', () => {
    const name = 'w-1-py3-none-any.whl';
    const files = [file('a.tgz', 'aa', [member(name, 'bb')]), file('b.tgz', 'ab', [member(name, 'cc')])];
    expect(subjectsOf({ files }).map((subject) => subject.name)).toEqual(['a.tgz', 'b.tgz', `b.tgz/${name}`, name]);
  });

  it('are split, never dropped', () => {
    const subjects = subjectsOf({ files: Array.from({ length: 5 }, (_, n) => file(`f${n}`, 'aa')) });
    expect(splitSubjects(subjects, 2).map((part) => part.length)).toEqual([2, 2, 1]);
    expect(splitSubjects([])).toEqual([[]]);
  });
});

describe('a remark on a name', () => {
  it('tells of a wheel by the same tags in another order, and of another name', () => {
    expect(nameRemark('w-1-py3.py2-none-any.whl', 'dist/w-1-py2.py3-none-any.whl')).toContain('the same tags in another order');
    expect(nameRemark('w-2-py3-none-any.whl', 'w-1-py3-none-any.whl')).toBe(
      'w-1-py3-none-any.whl stands in the statement as w-2-py3-none-any.whl',
    );
    expect(nameRemark('build/a.tgz', 'dist/a.tgz')).toBeNull();
    expect(nameRemark(null, 'a.tgz')).toBeNull();
  });
});

describe('an attestation policy', () => {
  it('goes by the most specific repository', () => {
    const policy = parseAttestationPolicy(
      '[attestation."*"]\nrequired = true\n[attestation."acme/*"]\nrequired = false\n[attestation."acme/widgets"]\nrequired = true\n',
    );
    expect(['acme/widgets', 'acme/gadgets', 'other/x'].map((repository) => policy.required(repository))).toEqual([true, false, true]);
    expect(parseAttestationPolicy('').required('acme/widgets')).toBe(false);
  });

  it.each([
    '[attestation.acme]\nrequired = true',
    '[attestation."a/b"]\nneeded = true',
    '[attestation."a/b"]\nrequired = "yes"',
    '[classes.x]\n',
  ])('refuses %j', (text) => {
    expect(() => parseAttestationPolicy(text)).toThrow();
  });
});
