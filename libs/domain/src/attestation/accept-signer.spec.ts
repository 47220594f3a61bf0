import { describe, expect, it } from '@jest/globals';
import { assertSignerAccepted, type AcceptedSigner, type CertifiedSigner } from './accept-signer.js';

const issuer = 'https://token.actions.githubusercontent.com';
const ours: CertifiedSigner = {
  identity: 'https://github.com/acme/widgets/.github/workflows/ci.yml@refs/heads/main',
  issuer,
  sourceRepositoryId: '4711',
  sourceOwnerId: '42',
};
const ci: AcceptedSigner = { name: 'ci', issuer, identity: ours.identity ?? '', sourceRepositoryId: '4711', sourceOwnerId: '42' };
const judge = (signer: CertifiedSigner | null, ...accepted: AcceptedSigner[]) => {
  try {
    assertSignerAccepted('acme/widgets', signer, accepted);
    return 'accepted';
  } catch (error) {
    return error;
  }
};
const refused = expect.objectContaining({ code: 'attestation_signer_refused' }) as unknown;

describe('the signer of an attestation', () => {
  it('may be anybody where the policy names nobody', () => {
    expect(judge(ours)).toBe('accepted');
    expect(judge(null)).toBe('accepted');
  });

  it('must be one of those that the policy names', () => {
    expect(judge(ours, ci)).toBe('accepted');
    expect(judge(ours, { ...ci, name: 'other', identity: 'https://example.org/x' }, ci)).toBe('accepted');
    expect(judge(null, ci)).toEqual(refused);
    for (const other of [
      { identity: 'https://github.com/acme/widgets/.github/workflows/ci.yml@refs/heads/mainly' },
      { identity: null },
      { issuer: 'https://gitlab.com' },
      { issuer: null },
      // A repository of the same name that somebody else made after ours was renamed.
      { sourceRepositoryId: '4712' },
      { sourceOwnerId: '43' },
      { sourceRepositoryId: null },
    ])
      expect([other, judge({ ...ours, ...other }, ci)]).toEqual([other, refused]);
  });

  it('may be any whose identity begins as the policy says, when that ends in an asterisk', () => {
    const any = { ...ci, identity: 'https://github.com/acme/widgets/*', sourceRepositoryId: null, sourceOwnerId: null };
    expect(judge(ours, any)).toBe('accepted');
    expect(judge({ ...ours, identity: 'https://github.com/acme/widgets/' }, any)).toEqual(refused);
    expect(judge({ ...ours, identity: 'https://github.com/acme/widgets-evil/x' }, any)).toEqual(refused);
    expect(judge({ ...ours, identity: `x${ours.identity ?? ''}` }, any)).toEqual(refused);
    // Elsewhere an asterisk, or anything else that a pattern might mean, is itself.
    expect(judge(ours, { ...any, identity: 'https://github.com/*/widgets/.github/workflows/ci.yml@refs/heads/main' })).toEqual(refused);
    expect(judge(ours, { ...any, identity: 'https://github.com/acme/.*' })).toEqual(refused);
  });

  it('is told what was seen and what is expected', () => {
    const said = String(judge({ ...ours, sourceOwnerId: '43' }, ci));
    expect(said).toContain(`signed by ${ours.identity ?? ''} (issuer ${issuer}, repository id 4711, owner id 43)`);
    expect(said).toContain(`takes attestations of "ci": ${ours.identity ?? ''} (issuer ${issuer}, repository id 4711, owner id 42)`);
    expect(String(judge({ ...ours, identity: 'x'.repeat(100_000) }, ci)).length).toBeLessThan(2_000);
  });
});
