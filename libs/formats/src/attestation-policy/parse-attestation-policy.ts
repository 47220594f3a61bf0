import type { AcceptedSigner } from '@muniment/domain';
import { PolicyError, type PolicyProblem } from '../retention-policy/policy-error.js';
import { tomlEntries, type TomlEntry } from '../retention-policy/toml-entries.js';
import { readSignerField, signerOf, type SignerDraft } from './signer-fields.js';

const pattern = /^(?:\*|[A-Za-z0-9][A-Za-z0-9._-]*\/(?:\*|[A-Za-z0-9._-]+))$/;

/** What is asked of attestations, by repository. The most specific pattern that says something counts: `owner/name`, then `owner/*`, then `*`. */
export interface AttestationPolicy {
  /** Whether packages must be attested by the archive before anything is published. False where nothing is said. */
  required(repository: string): boolean;
  /** Whose attestations are taken in; empty: of whomever the trusted root knows. */
  signers(repository: string): readonly AcceptedSigner[];
  /** Whether it names a signer for any repository. */
  readonly namesSigners: boolean;
}

/** Nothing is required anywhere. */
export const noAttestationPolicy: AttestationPolicy = { required: () => false, signers: () => [], namesSigners: false };

/** What a text said, before it is whole. */
interface Draft {
  readonly required: Map<string, boolean>;
  /** By repository pattern, then by name. */
  readonly signers: Map<string, Map<string, SignerDraft>>;
}

/**
 * The policy of a TOML text (docs/policy.md): `[attestation."owner/name"]` with `required`, `[attestation."owner/name".signers.<name>]` with `issuer`,
 * `identity` and ids. Throws `PolicyError` with every problem at once.
 */
export function parseAttestationPolicy(text: string): AttestationPolicy {
  const problems: PolicyProblem[] = [];
  const draft: Draft = { required: new Map(), signers: new Map() };
  for (const entry of tomlEntries(text)) {
    const problem = read(entry, draft);
    if (problem !== null) problems.push({ line: entry.line, column: entry.column, key: entry.path.join('.'), text: problem });
  }
  const signers = new Map<string, readonly AcceptedSigner[]>();
  for (const [repository, drafts] of draft.signers) {
    signers.set(
      repository,
      [...drafts].flatMap(([name, one]) => {
        const signer = signerOf(name, one);
        // Where a field was wrong, that is said already.
        if (signer === null && problems.length === 0) problems.push({ ...one.at, text: 'lacks issuer or identity' });
        return signer ?? [];
      }),
    );
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return {
    required: (repository) => mostSpecific(draft.required, repository) ?? false,
    signers: (repository) => mostSpecific(signers, repository) ?? [],
    namesSigners: signers.size > 0,
  };
}

function read(entry: TomlEntry, draft: Draft): string | null {
  const { path, value } = entry;
  const [section, repository, field, name, detail] = path;
  if (section !== 'attestation' || path.length > 5) return 'is no key of an attestation policy; there is attestation."owner/name"';
  if (repository !== undefined && !pattern.test(repository)) return 'must be "owner/name", "owner/*" or "*"';
  if (field === undefined) return value === null ? null : 'must be a table';
  if (field === 'signers') return repository === undefined ? null : readSigner(entry, repository, name, detail, draft);
  if (field !== 'required' || name !== undefined) return 'is no key of a repository’s policy; there are required and signers';
  if (value?.type !== 'TOMLValue' || value.kind !== 'boolean') return 'must be true or false';
  if (repository !== undefined) draft.required.set(repository, value.value);
  return null;
}

function readSigner(
  { path, line, column, value }: TomlEntry,
  repository: string,
  name: string | undefined,
  field: string | undefined,
  { signers }: Draft,
): string | null {
  if (name === undefined) return value === null ? null : 'must be a table';
  const named = signers.get(repository) ?? new Map<string, SignerDraft>();
  signers.set(repository, named);
  const draft = named.get(name) ?? { at: { line, column, key: path.slice(0, 4).join('.') }, fields: new Map() };
  named.set(name, draft);
  if (field === undefined) return value === null ? null : 'must be a table';
  return readSignerField(field, value, draft);
}

function mostSpecific<T>(said: ReadonlyMap<string, T>, repository: string): T | undefined {
  const patterns = [repository, `${repository.slice(0, repository.indexOf('/'))}/*`, '*'];
  return patterns.map((one) => said.get(one)).find((one) => one !== undefined);
}
