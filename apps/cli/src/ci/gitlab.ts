import type { CiRun } from './ci-context.js';
import { filled, firstOf, optional, type Environment } from './environment.js';
import { repositoryOf } from './repository-name.js';

/** GitLab CI, by its predefined variables. */
export function ofGitLab(env: Environment): CiRun {
  const project = env['CI_PROJECT_PATH'];
  const id = firstOf(env, 'CI_PIPELINE_ID', 'CI_JOB_ID');
  const tag = env['CI_COMMIT_TAG'];
  const branch = env['CI_COMMIT_REF_NAME'];
  const ref = filled(tag) ? `refs/tags/${tag}` : filled(branch) ? `refs/heads/${branch}` : undefined;
  const url = firstOf(env, 'CI_PIPELINE_URL', 'CI_JOB_URL');
  return {
    producer: 'gitlab-ci',
    ...(filled(project) ? { repository: repositoryOf(project) } : {}),
    ...(filled(id) ? { run: { id, ...optional('commit', env['CI_COMMIT_SHA']), ...optional('ref', ref), ...optional('url', url) } } : {}),
    facts: {
      ref_type: ref === undefined ? undefined : filled(tag) ? 'tag' : 'branch',
      git_tag: tag,
      triggered_by: env['GITLAB_USER_LOGIN'],
      trigger: env['CI_PIPELINE_SOURCE'],
      job: env['CI_JOB_NAME'],
      job_id: env['CI_JOB_ID'],
      project: project !== undefined && project.split('/').length > 2 ? project : undefined,
    },
  };
}
