import type { AcceptedSigner } from '@muniment/domain';
import type { PolicyProblem } from '../retention-policy/policy-error.js';
import type { TomlEntry } from '../retention-policy/toml-entries.js';

/** A signer as far as its table was read. */
export interface SignerDraft {
  readonly at: Omit<PolicyProblem, 'text'>;
  readonly fields: Map<string, string>;
}

const longest = 2_048;
/** Without an asterisk anything; with one only at the end, after a scheme, a host and a slash or @: a longer name never begins like a shorter one by accident. */
const wholeOrBeginning = /^(?:[^*\s]+|[a-z][a-z0-9+.-]*:\/\/[^*\s/]+\/(?:[^*\s]*[/@])?\*)$/;

const forms: Readonly<Record<string, { readonly form: RegExp; readonly text: string }>> = {
  issuer: { form: /^https?:\/\/[^*\s]+$/, text: 'must be the URL of the issuer, exactly' },
  identity: {
    form: wholeOrBeginning,
    text: 'must be a whole identity, or its beginning up to a slash or @ and one asterisk at the end: "https://github.com/acme/widgets/*"',
  },
  source_repository_id: { form: /^\d{1,20}$/, text: 'must be the number of the repository, as text' },
  source_owner_id: { form: /^\d{1,20}$/, text: 'must be the number of the owner, as text' },
};

/** Takes one field of a signer's table; says what is wrong with it. */
export function readSignerField(field: string, value: TomlEntry['value'], { fields }: SignerDraft): string | null {
  const known = Object.hasOwn(forms, field) ? forms[field] : undefined;
  if (known === undefined) return `is no key of a signer; there are ${Object.keys(forms).join(', ')}`;
  if (value?.type !== 'TOMLValue' || value.kind !== 'string') return 'must be text';
  if (value.value.length > longest || !known.form.test(value.value)) return known.text;
  fields.set(field, value.value);
  return null;
}

/** Null while issuer or identity is missing. */
export function signerOf(name: string, { fields }: SignerDraft): AcceptedSigner | null {
  const [issuer, identity] = [fields.get('issuer'), fields.get('identity')];
  if (issuer === undefined || identity === undefined) return null;
  const [sourceRepositoryId, sourceOwnerId] = [fields.get('source_repository_id') ?? null, fields.get('source_owner_id') ?? null];
  return { name, issuer, identity, sourceRepositoryId, sourceOwnerId };
}
