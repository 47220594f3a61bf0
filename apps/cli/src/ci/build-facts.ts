/**
 * What CI tells about a build beside its run, as metadata of the package: these keys and no others, so that they can be filtered by
 * (docs/cli.md lists them). A fact that CI does not tell is absent; `--metadata` adds or corrects any.
 */
export interface BuildFacts {
  /** What the ref of the run is: `branch`, `tag`, or what else CI calls it. */
  readonly ref_type?: string | undefined;
  /** Only for the run of a tag. */
  readonly git_tag?: string | undefined;
  /** Login or name of whoever set this run off; after a re-run, whoever did that. */
  readonly triggered_by?: string | undefined;
  /** What set it off, in CI's own word: `push`, `schedule`, `workflow_dispatch`, `webhook`, … */
  readonly trigger?: string | undefined;
  readonly workflow?: string | undefined;
  readonly job?: string | undefined;
  readonly job_id?: string | undefined;
  /** The project's path where the repository name cannot hold it. */
  readonly project?: string | undefined;
  readonly compiler_cache?: 'on' | 'off' | undefined;
}
