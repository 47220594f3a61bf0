import { PolicyError, type PolicyProblem } from '../retention-policy/policy-error.js';
import { tomlEntries, type TomlEntry } from '../retention-policy/toml-entries.js';

const pattern = /^(?:\*|[A-Za-z0-9][A-Za-z0-9._-]*\/(?:\*|[A-Za-z0-9._-]+))$/;

/** Which repositories want their packages attested before anything is published. */
export interface AttestationPolicy {
  /** By the most specific pattern: `owner/name`, then `owner/*`, then `*`. False where nothing is said. */
  required(repository: string): boolean;
}

/** The policy of a TOML text (docs/policy.md): `[attestation."owner/name"]` with `required`. Throws `PolicyError` with every problem at once. */
export function parseAttestationPolicy(text: string): AttestationPolicy {
  const problems: PolicyProblem[] = [];
  const said = new Map<string, boolean>();
  for (const entry of tomlEntries(text)) {
    const problem = read(entry, said);
    if (problem !== null) problems.push({ line: entry.line, column: entry.column, key: entry.path.join('.'), text: problem });
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return {
    required: (repository) =>
      patternsOf(repository)
        .map((one) => said.get(one))
        .find((one) => one !== undefined) ?? false,
  };
}

/** Nothing is required anywhere. */
export const noAttestationPolicy: AttestationPolicy = { required: () => false };

function read({ path, value }: TomlEntry, said: Map<string, boolean>): string | null {
  const [section, repository, field] = path;
  if (section !== 'attestation' || path.length > 3) return 'is no key of an attestation policy; there is attestation."owner/name".required';
  if (repository !== undefined && !pattern.test(repository)) return 'must be "owner/name", "owner/*" or "*"';
  if (field === undefined) return value === null ? null : 'must be a table';
  if (field !== 'required') return 'is no key of a repository’s policy; there is required';
  if (value?.type !== 'TOMLValue' || value.kind !== 'boolean') return 'must be true or false';
  if (repository !== undefined) said.set(repository, value.value);
  return null;
}

function patternsOf(repository: string): readonly string[] {
  return [repository, `${repository.slice(0, repository.indexOf('/'))}/*`, '*'];
}
