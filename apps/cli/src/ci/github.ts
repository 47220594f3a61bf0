import type { CiRun } from './ci-context.js';
import { filled, firstOf, optional, type Environment } from './environment.js';

/** GitHub Actions, by the default variables of its runner. */
export function ofGitHub(env: Environment): CiRun {
  const repository = env['GITHUB_REPOSITORY'];
  const id = env['GITHUB_RUN_ID'];
  const server = env['GITHUB_SERVER_URL'];
  const url = filled(server) && filled(repository) && filled(id) ? `${server}/${repository}/actions/runs/${id}` : undefined;
  const run = { ...attempt(env), ...optional('commit', env['GITHUB_SHA']), ...optional('ref', env['GITHUB_REF']), ...optional('url', url) };
  return {
    producer: 'github-actions',
    ...(filled(repository) ? { repository } : {}),
    ...(filled(id) ? { run: { id, ...run } } : {}),
    facts: {
      ref_type: env['GITHUB_REF_TYPE'],
      git_tag: env['GITHUB_REF_TYPE'] === 'tag' ? env['GITHUB_REF_NAME'] : undefined,
      // After a re-run the actor is still whoever set off the first one.
      triggered_by: firstOf(env, 'GITHUB_TRIGGERING_ACTOR', 'GITHUB_ACTOR'),
      trigger: env['GITHUB_EVENT_NAME'],
      workflow: env['GITHUB_WORKFLOW'],
      job: env['GITHUB_JOB'],
    },
  };
}

function attempt(env: Environment): { attempt?: number } {
  const number = Number(env['GITHUB_RUN_ATTEMPT']);
  return Number.isSafeInteger(number) && number > 0 ? { attempt: number } : {};
}
