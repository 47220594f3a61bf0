import type { CiRun } from './ci-context.js';
import { filled, firstOf, optional, type Environment } from './environment.js';
import { repositoryOfRemote } from './repository-name.js';

/** Buildkite, by the variables of its agent. The run is the build: its number repeats in other pipelines, its id does not. */
export function ofBuildkite(env: Environment): CiRun {
  const remote = env['BUILDKITE_REPO'];
  const repository = filled(remote) ? repositoryOfRemote(remote) : null;
  const id = env['BUILDKITE_BUILD_ID'];
  const tag = env['BUILDKITE_TAG'];
  const branch = env['BUILDKITE_BRANCH'];
  const ref = filled(tag) ? `refs/tags/${tag}` : filled(branch) ? `refs/heads/${branch}` : undefined;
  const run = { ...optional('commit', env['BUILDKITE_COMMIT']), ...optional('ref', ref), ...optional('url', env['BUILDKITE_BUILD_URL']) };
  return {
    producer: 'buildkite',
    ...(repository === null ? {} : { repository }),
    ...(filled(id) ? { run: { id, ...run } } : {}),
    facts: {
      ref_type: ref === undefined ? undefined : filled(tag) ? 'tag' : 'branch',
      git_tag: tag,
      triggered_by: env['BUILDKITE_BUILD_CREATOR'],
      trigger: env['BUILDKITE_SOURCE'],
      workflow: env['BUILDKITE_PIPELINE_SLUG'],
      job: firstOf(env, 'BUILDKITE_STEP_KEY', 'BUILDKITE_LABEL'),
      job_id: env['BUILDKITE_JOB_ID'],
    },
  };
}
