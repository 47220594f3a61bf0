/** What the surroundings of a build tell about it. Absent facts are absent, so that defaults can be layered. */
export interface CiContext {
  /** Who produced the files, as packages name it. */
  readonly producer: string;
  readonly repository?: string;
  readonly run?: { readonly id: string; readonly attempt?: number; readonly commit?: string; readonly ref?: string; readonly url?: string };
  readonly metadata: Readonly<Record<string, string>>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Facts of the CI system that set this environment (GitHub Actions, GitLab CI); null outside of both. */
export function ciContext(env: Env): CiContext | null {
  if (has(env, 'GITHUB_ACTIONS') || has(env, 'GITHUB_RUN_ID')) return ofGitHub(env);
  if (has(env, 'GITLAB_CI') || has(env, 'CI_PIPELINE_ID')) return ofGitLab(env);
  return null;
}

function ofGitHub(env: Env): CiContext {
  const repository = env['GITHUB_REPOSITORY'];
  const id = env['GITHUB_RUN_ID'];
  const server = env['GITHUB_SERVER_URL'];
  const url = filled(server) && filled(repository) && filled(id) ? `${server}/${repository}/actions/runs/${id}` : undefined;
  return {
    producer: 'github-actions',
    ...(filled(repository) ? { repository } : {}),
    ...(filled(id)
      ? {
          run: {
            id,
            ...positive(env['GITHUB_RUN_ATTEMPT']),
            ...optional('commit', env['GITHUB_SHA']),
            ...optional('ref', env['GITHUB_REF']),
            ...optional('url', url),
          },
        }
      : {}),
    metadata: present({ ref_type: env['GITHUB_REF_TYPE'], workflow: env['GITHUB_WORKFLOW'], job: env['GITHUB_JOB'] }),
  };
}

function ofGitLab(env: Env): CiContext {
  const project = env['CI_PROJECT_PATH'];
  const id = filled(env['CI_PIPELINE_ID']) ? env['CI_PIPELINE_ID'] : env['CI_JOB_ID'];
  const tag = env['CI_COMMIT_TAG'];
  const branch = env['CI_COMMIT_REF_NAME'];
  const ref = filled(tag) ? `refs/tags/${tag}` : filled(branch) ? `refs/heads/${branch}` : undefined;
  const url = filled(env['CI_PIPELINE_URL']) ? env['CI_PIPELINE_URL'] : env['CI_JOB_URL'];
  return {
    producer: 'gitlab-ci',
    ...(filled(project) ? { repository: repositoryOf(project) } : {}),
    ...(filled(id) ? { run: { id, ...optional('commit', env['CI_COMMIT_SHA']), ...optional('ref', ref), ...optional('url', url) } } : {}),
    metadata: present({
      ref_type: ref === undefined ? undefined : filled(tag) ? 'tag' : 'branch',
      job: env['CI_JOB_NAME'],
      job_id: env['CI_JOB_ID'],
      project: project !== undefined && project.split('/').length > 2 ? project : undefined,
    }),
  };
}

/** OWNER/NAME of a project path. Nested groups become one owner joined by dots: `group/sub/app` -> `group.sub/app`. */
export function repositoryOf(projectPath: string): string {
  const segments = projectPath.split('/').filter((s) => s !== '');
  const name = segments.pop() ?? 'unknown';
  return `${segments.length === 0 ? 'local' : segments.map(nameSafe).join('.')}/${nameSafe(name)}`;
}

/** Only characters that repository names may have; others become dashes. */
export function nameSafe(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return safe === '' ? 'unnamed' : safe;
}

function has(env: Env, key: string): boolean {
  return filled(env[key]);
}

function filled(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function optional<K extends string>(key: K, text: string | undefined): { [P in K]?: string } {
  const entry: { [P in K]?: string } = {};
  if (filled(text)) entry[key] = text;
  return entry;
}

function positive(text: string | undefined): { attempt?: number } {
  const attempt = Number(text);
  return filled(text) && Number.isSafeInteger(attempt) && attempt > 0 ? { attempt } : {};
}

function present(entries: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, string] => filled(entry[1])));
}
