import { describe, expect, it } from '@jest/globals';
import { parseBlake3, parseSha256, type ManifestFile } from '@muniment/domain';
import { nameRemark } from './wheel-remark.js';
import { parseAttestationPolicy } from '../attestation-policy/parse-attestation-policy.js';
import { PolicyError } from '../retention-policy/policy-error.js';
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

  it('names whose attestations a repository takes, by the most specific repository that names any', () => {
    const policy = parseAttestationPolicy(`
[attestation."acme/*".signers.ci]
issuer = "https://token.actions.githubusercontent.com"
identity = "https://github.com/acme/*"
source_owner_id = "42"
[attestation."acme/widgets"]
required = true
[attestation."acme/gadgets".signers]
ci = { issuer = "https://gitlab.example.org", identity = "https://gitlab.example.org/acme/gadgets//ci.yml@refs/heads/main", source_repository_id = "7" }
robot = { issuer = "https://accounts.example.org", identity = "robot@example.org" }
`);
    const named = (repository: string): readonly unknown[] =>
      policy.signers(repository).map(({ name, sourceRepositoryId, sourceOwnerId }) => [name, sourceRepositoryId, sourceOwnerId]);
    expect(named('acme/widgets')).toEqual([['ci', null, '42']]);
    expect(named('acme/gadgets')).toEqual([
      ['ci', '7', null],
      ['robot', null, null],
    ]);
    expect(named('other/x')).toEqual([]);
    expect([policy.namesSigners, parseAttestationPolicy('').namesSigners]).toEqual([true, false]);
  });

  const signer = (text: string): string => `[attestation."a/b".signers.ci]\nissuer = "https://i.example"\n${text}`;
  it.each([
    '[attestation.acme]\nrequired = true',
    '[attestation."a/b"]\nneeded = true',
    '[attestation."a/b"]\nrequired = "yes"',
    '[classes.x]\n',
    signer(''),
    signer('identity = 7'),
    signer('identity = "https://github.com/acme*"'),
    signer('identity = "https://github.com/*/widgets"'),
    signer('identity = "*"'),
    signer('identity = "https://*"'),
    signer('identity = "ci@*"'),
    signer('identity = "x"\nsource_owner_id = "acme"'),
    signer('identity = "x"\nsubject = "y"'),
    signer('identity = "x"\nconstructor = "y"'),
    '[attestation."a/b".signers.ci]\nissuer = "https://*.example"\nidentity = "x"',
    '[attestation."a/b".signers]\nci = "x"',
  ])('refuses %j', (text) => {
    expect(() => parseAttestationPolicy(text)).toThrow(PolicyError);
  });

  it('says where a signer lacks something', () => {
    expect(() => parseAttestationPolicy(`\n${signer('')}`)).toThrow(
      'line 2, column 2, attestation.a/b.signers.ci: lacks issuer or identity',
    );
  });
});
