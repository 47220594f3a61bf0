import {
  ApplyHold,
  CurateSets,
  ExplainRetention,
  ExtendRetention,
  PreviewRetention,
  ReleaseHold,
  RestorePackage,
  SweepRetention,
  ValidatePackage,
  type ReadPackage,
} from '@muniment/application';
import type { Archive } from '@muniment/assembly';
import type { RetentionPolicy } from '@muniment/domain';

/** The use cases about how long packages are kept. */
export interface RetentionDesk {
  readonly policy: RetentionPolicy;
  readonly extend: ExtendRetention;
  readonly hold: ApplyHold;
  readonly release: ReleaseHold;
  readonly restore: RestorePackage;
  readonly validate: ValidatePackage;
  readonly explain: ExplainRetention;
  readonly preview: PreviewRetention;
  readonly sweep: SweepRetention;
}

export function openRetention({ postgres, clock, policy }: Archive, readPackage: ReadPackage): RetentionDesk {
  const { log, states, sweeps, curatedSets } = postgres;
  const keep = policy.curatedKeep;
  return {
    policy,
    extend: new ExtendRetention(log, states, clock),
    hold: new ApplyHold(log, states, clock),
    release: new ReleaseHold(log, states, clock),
    restore: new RestorePackage(log, states, clock),
    validate: new ValidatePackage(log, states, curatedSets, keep, clock),
    explain: new ExplainRetention(log, readPackage),
    preview: new PreviewRetention(sweeps),
    sweep: new SweepRetention(sweeps, new CurateSets(log, states, curatedSets, keep)),
  };
}
