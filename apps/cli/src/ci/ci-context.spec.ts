import { describe, expect, it } from '@jest/globals';
import { ciContext, nameSafe, repositoryOf } from './ci-context.js';
import { repositoryOfRemote } from './git.js';

describe('the CI environment', () => {
  it('of GitHub Actions names repository, run, attempt, commit, ref and address', () => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'acme/widgets',
      GITHUB_RUN_ID: '4242',
      GITHUB_RUN_ATTEMPT: '3',
      GITHUB_SHA: 'c0ffee',
      GITHUB_REF: 'refs/tags/v1.2.3',
      GITHUB_REF_TYPE: 'tag',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_WORKFLOW: 'heavy-deps',
      GITHUB_JOB: 'build',
    };
    expect(ciContext(env)).toEqual({
      producer: 'github-actions',
      repository: 'acme/widgets',
      run: {
        id: '4242',
        attempt: 3,
        commit: 'c0ffee',
        ref: 'refs/tags/v1.2.3',
        url: 'https://github.com/acme/widgets/actions/runs/4242',
      },
      metadata: { ref_type: 'tag', workflow: 'heavy-deps', job: 'build' },
    });
  });

  it('of GitLab names the pipeline, and nested groups as one owner', () => {
    const env = {
      GITLAB_CI: 'true',
      CI_PROJECT_PATH: 'group/sub/app',
      CI_PIPELINE_ID: '77',
      CI_JOB_ID: '900',
      CI_JOB_NAME: 'wheels',
      CI_COMMIT_SHA: 'beef',
      CI_COMMIT_REF_NAME: 'main',
      CI_PIPELINE_URL: 'https://gitlab.example/group/sub/app/-/pipelines/77',
    };
    expect(ciContext(env)).toEqual({
      producer: 'gitlab-ci',
      repository: 'group.sub/app',
      run: { id: '77', commit: 'beef', ref: 'refs/heads/main', url: 'https://gitlab.example/group/sub/app/-/pipelines/77' },
      metadata: { ref_type: 'branch', job: 'wheels', job_id: '900', project: 'group/sub/app' },
    });
  });

  it('of GitLab falls back to the job, and knows tags', () => {
    const context = ciContext({ GITLAB_CI: 'true', CI_JOB_ID: '900', CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1' });
    expect(context?.run).toEqual({ id: '900', ref: 'refs/tags/v1' });
    expect(context?.metadata['ref_type']).toBe('tag');
  });

  it('tells nothing outside of CI, and nothing by empty variables', () => {
    expect(ciContext({})).toBeNull();
    expect(ciContext({ GITHUB_RUN_ID: '' })).toBeNull();
    expect(ciContext({ GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '1', GITHUB_RUN_ATTEMPT: 'x', GITHUB_SHA: '' })?.run).toEqual({ id: '1' });
  });
});

describe('repository names', () => {
  it.each([
    ['git@github.com:acme/widgets.git', 'acme/widgets'],
    ['https://github.com/acme/widgets', 'acme/widgets'],
    ['https://user:secret@gitlab.example/group/sub/app.git/', 'group.sub/app'],
    ['ssh://git@host.example:2222/acme/widgets.git', 'acme/widgets'],
  ])('%s is %s', (remote, expected) => {
    expect(repositoryOfRemote(remote)).toBe(expected);
  });

  it('are never guessed from a path on this disk', () => {
    expect(repositoryOfRemote('../elsewhere')).toBeNull();
    expect(repositoryOfRemote('https://host.example/')).toBeNull();
  });

  it('have only characters that the archive accepts', () => {
    expect(nameSafe('-my project (1)')).toBe('my-project-1-');
    expect(nameSafe('???')).toBe('unnamed');
    expect(repositoryOf('solo')).toBe('local/solo');
  });
});
