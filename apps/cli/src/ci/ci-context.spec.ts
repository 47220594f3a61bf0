import { describe, expect, it } from '@jest/globals';
import { ciContext } from './ci-context.js';

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
      GITHUB_REF_NAME: 'v1.2.3',
      GITHUB_ACTOR: 'mona',
      GITHUB_TRIGGERING_ACTOR: 'hubot',
      GITHUB_EVENT_NAME: 'push',
      RUSTC_WRAPPER: '',
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
      metadata: {
        ref_type: 'tag',
        git_tag: 'v1.2.3',
        triggered_by: 'hubot',
        trigger: 'push',
        workflow: 'heavy-deps',
        job: 'build',
        compiler_cache: 'off',
      },
    });
  });

  it('of GitHub Actions knows no tag on a branch, and the actor where nobody ran it again', () => {
    const context = ciContext({ GITHUB_ACTIONS: 'true', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main', GITHUB_ACTOR: 'mona' });
    expect(context?.metadata).toEqual({ ref_type: 'branch', triggered_by: 'mona' });
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
      CI_PIPELINE_SOURCE: 'schedule',
      GITLAB_USER_LOGIN: 'tanuki',
    };
    expect(ciContext(env)).toEqual({
      producer: 'gitlab-ci',
      repository: 'group.sub/app',
      run: { id: '77', commit: 'beef', ref: 'refs/heads/main', url: 'https://gitlab.example/group/sub/app/-/pipelines/77' },
      metadata: {
        ref_type: 'branch',
        triggered_by: 'tanuki',
        trigger: 'schedule',
        job: 'wheels',
        job_id: '900',
        project: 'group/sub/app',
      },
    });
  });

  it('of GitLab falls back to the job, and knows tags', () => {
    const context = ciContext({ GITLAB_CI: 'true', CI_JOB_ID: '900', CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1' });
    expect(context?.run).toEqual({ id: '900', ref: 'refs/tags/v1' });
    expect(context?.metadata).toEqual({ ref_type: 'tag', git_tag: 'v1', job_id: '900' });
  });

  it('of Buildkite names the build by its id, the repository by its remote', () => {
    const env = {
      BUILDKITE: 'true',
      BUILDKITE_REPO: 'git@github.com:acme/widgets.git',
      BUILDKITE_BUILD_ID: '0193-uuid',
      BUILDKITE_BUILD_NUMBER: '12',
      BUILDKITE_COMMIT: 'f00d',
      BUILDKITE_BRANCH: 'main',
      BUILDKITE_TAG: 'v2',
      BUILDKITE_BUILD_URL: 'https://buildkite.com/acme/widgets/builds/12',
      BUILDKITE_BUILD_CREATOR: 'Kay Ite',
      BUILDKITE_SOURCE: 'webhook',
      BUILDKITE_PIPELINE_SLUG: 'widgets',
      BUILDKITE_STEP_KEY: 'wheels',
      BUILDKITE_JOB_ID: 'job-1',
    };
    expect(ciContext(env)).toEqual({
      producer: 'buildkite',
      repository: 'acme/widgets',
      run: { id: '0193-uuid', commit: 'f00d', ref: 'refs/tags/v2', url: 'https://buildkite.com/acme/widgets/builds/12' },
      metadata: {
        ref_type: 'tag',
        git_tag: 'v2',
        triggered_by: 'Kay Ite',
        trigger: 'webhook',
        workflow: 'widgets',
        job: 'wheels',
        job_id: 'job-1',
      },
    });
  });

  it.each([
    ['on', { RUSTC_WRAPPER: '/usr/bin/sccache' }],
    ['on', { SCCACHE_GHA_ENABLED: 'true', RUSTC_WRAPPER: '' }],
    ['on', { CMAKE_CXX_COMPILER_LAUNCHER: 'ccache' }],
    ['off', { CMAKE_CXX_COMPILER_LAUNCHER: 'ccache', CCACHE_DISABLE: '1' }],
    ['off', { RUSTC_WRAPPER: '' }],
    [undefined, { RUSTC_WRAPPER: 'my-sccache-free-wrapper' }],
    [undefined, {}],
  ])('tells that compiler caching was %s by %j', (expected, env) => {
    expect(ciContext({ GITHUB_ACTIONS: 'true', ...env })?.metadata['compiler_cache']).toBe(expected);
  });

  it('tells nothing outside of CI, and nothing by empty variables', () => {
    expect(ciContext({})).toBeNull();
    expect(ciContext({ GITHUB_RUN_ID: '' })).toBeNull();
    expect(ciContext({ GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '1', GITHUB_RUN_ATTEMPT: 'x', GITHUB_SHA: '' })?.run).toEqual({ id: '1' });
  });
});
