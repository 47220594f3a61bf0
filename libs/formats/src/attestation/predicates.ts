import type { Manifest, PackageValidated, PlainValue } from '@muniment/domain';
import { encodeCbor } from '../canonical/cbor.js';
import { sha256Hex } from '../digest/dual-digest.js';

export type Predicate = Readonly<Record<string, PlainValue>>;

export const releasePredicateType = 'https://in-toto.io/attestation/release/v0.2';
export const testResultPredicateType = 'https://in-toto.io/attestation/test-result/v0.1';
export const verificationSummaryPredicateType = 'https://slsa.dev/verification_summary/v1';

/** What a passed validation and two agreeing witnesses amount to. Never a SLSA level: nobody checked how the files were built. */
export const validatedLevels: readonly string[] = ['MUNIMENT_STORED_BYTES_VERIFIED', 'MUNIMENT_VALIDATED'];
export const validationPolicy = 'https://muniment.io/policy/validated/v1';

/** "This version consists of exactly these files here" (in-toto release v0.2). Throws for a package without a version. */
export function releasePredicate({ package: { repository, name, version } }: Pick<Manifest, 'package'>): Predicate {
  if (version === null) throw new Error('a package without a version has no release');
  const path = [...repository.split('/'), name].map(encodeURIComponent).join('/');
  return { purl: `pkg:generic/${path}@${encodeURIComponent(version)}`, packageId: `${repository}/${name}` };
}

/** "Somebody tried it out, with this result" (in-toto test-result v0.1). The report itself stands in the log; here is its digest. */
export function testResultPredicate(
  { validation_id, result, report, validated_at }: PackageValidated['payload'],
  actor: string,
): Predicate {
  const passed = result === 'passed';
  return {
    result: passed ? 'PASSED' : 'FAILED',
    configuration: [
      {
        name: `validation ${validation_id}`,
        mediaType: 'application/cbor',
        digest: { sha256: sha256Hex(encodeCbor(report)) },
        annotations: { recordedBy: actor, recordedAt: validated_at, content: 'report as recorded in the log, canonical CBOR' },
      },
    ],
    passedTests: passed ? ['validation'] : [],
    warnedTests: [],
    failedTests: passed ? [] : ['validation'],
  };
}

/** "Checked against the archive's policy" (SLSA verification summary v1), with levels of our own. */
export function verificationSummaryPredicate(
  { result, validated_at }: PackageValidated['payload'],
  about: { readonly verifier: string; readonly version: string; readonly resourceUri: string },
): Predicate {
  return {
    verifier: { id: about.verifier, version: { muniment: about.version } },
    timeVerified: validated_at,
    resourceUri: about.resourceUri,
    policy: { uri: validationPolicy },
    verificationResult: result === 'passed' ? 'PASSED' : 'FAILED',
    verifiedLevels: result === 'passed' ? validatedLevels : ['FAILED'],
  };
}
