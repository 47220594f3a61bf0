import { describe, expect, it } from '@jest/globals';
import { AttestationGate } from '@muniment/application';
import { parseAttestationPolicy } from '@muniment/formats';
import { TestArchive } from './archive.js';

const policy = parseAttestationPolicy('[attestation."acme/widgets"]\nrequired = true\n');

/** A finalized package with a version, about which the signer could not sign. */
async function unsigned(repository: string) {
  const archive = new TestArchive();
  archive.keyring.trouble = 'none valid';
  const packageId = await archive.open(repository, 'raw-evidence', '1.0');
  await archive.put(packageId, { path: 'dist/report.json', content: 'bytes' });
  await archive.requestFinalization(packageId);
  await archive.settle().catch(() => undefined);
  const gate = new AttestationGate(archive.world.attestations, policy);
  return { archive, packageId, gate, sign: () => archive.attest().execute(packageId, null) };
}

describe('the gate before anything is published', () => {
  it('keeps back what the policy wants attested while signing fails, and lets it pass once it is signed', async () => {
    const { archive, packageId, gate, sign } = await unsigned('acme/widgets');
    await expect(gate.assertPublishable(packageId)).rejects.toMatchObject({
      code: 'attestation_missing',
      facts: { missing: ['archive-receipt (failed: no_signer)', 'release (failed: no_signer)'] },
    });
    expect(await gate.summary(packageId)).toMatchObject({ phase: 'failed', failure: 'no_signer', required: true, satisfied: false });
    archive.keyring.trouble = null;
    await sign();
    await gate.assertPublishable(packageId);
    expect(await gate.summary(packageId)).toEqual({ phase: 'signed', failure: null, required: true, satisfied: true, missing: [] });
  });

  it('only tells of it where the policy wants nothing', async () => {
    const { packageId, gate } = await unsigned('acme/notes');
    await gate.assertPublishable(packageId);
    const missing = ['archive-receipt', 'release'].map((statement) => ({ statement, reason: 'failed', failure: 'no_signer' }));
    expect(await gate.summary(packageId)).toEqual({ phase: 'failed', failure: 'no_signer', required: false, satisfied: true, missing });
  });

  it('keeps back what is not finalized', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    const gate = new AttestationGate(archive.world.attestations, policy);
    expect(await gate.summary(packageId)).toMatchObject({
      phase: 'none',
      missing: [{ statement: 'archive-receipt', reason: 'not_finalized' }],
    });
    await expect(gate.assertPublishable(packageId)).rejects.toThrow(/Finalize it/);
  });

  it('knows nothing of a package that does not exist', async () => {
    const gate = new AttestationGate(new TestArchive().world.attestations, policy);
    await expect(gate.assertPublishable('none')).rejects.toThrow('does not exist');
  });
});
