import {
  assertAttested,
  attestationFailure,
  attestationPhase,
  publishable,
  type AttestationFailureCode,
  type AttestationPhase,
  type AttestationStanding,
  type Publishable,
} from '@muniment/domain';
import type { AttestationPolicy } from '@muniment/formats';
import type { Attestations } from '../ports/attestation.js';

/** How far the archive is with what it signs about a package, and what the repository's policy makes of that: of one snapshot. */
export interface AttestationSummary extends Publishable {
  readonly phase: AttestationPhase;
  /** Why the last attempt failed; null unless `failed`. */
  readonly failure: AttestationFailureCode | null;
}

/** Whether packages are attested as the policy of their repository wants it. Asks nobody's permission: callers show it to whoever may read the package. */
export class AttestationGate {
  constructor(
    private readonly attestations: Pick<Attestations, 'standing'>,
    private readonly policy: Pick<AttestationPolicy, 'required'>,
  ) {}

  async summary(packageId: string): Promise<AttestationSummary> {
    const standing = await this.standing(packageId);
    return { phase: attestationPhase(standing), failure: attestationFailure(standing), ...publishable(standing, this.required(standing)) };
  }

  /** For whoever publishes: refuses (`attestation_missing`) what lacks a statement that the policy requires. */
  async assertPublishable(packageId: string): Promise<void> {
    const standing = await this.standing(packageId);
    assertAttested(standing, this.required(standing));
  }

  private async standing(packageId: string): Promise<AttestationStanding> {
    const standing = await this.attestations.standing(packageId);
    if (standing === null) throw new Error(`package ${packageId} is asked about but does not exist`);
    return standing;
  }

  private required({ repository }: AttestationStanding): boolean {
    return this.policy.required(repository);
  }
}
