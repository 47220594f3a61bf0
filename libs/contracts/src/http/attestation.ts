import { z } from 'zod';

const failure = z.enum(['no_signer', 'signing_failed', 'timestamp_failed']);

/** A statement that finalization calls for and that is not signed as it should be. */
export const missingStatementAnswer = z.object({
  statement: z.string(),
  /**
   * `due`: not tried yet. `failed`: the last attempt came to nothing (`failure`), and is made again. `key_compromised`: signed by a key that somebody else may
   * have had by then. `absent`: neither owed nor whole.
   */
  reason: z.enum(['not_finalized', 'due', 'failed', 'key_compromised', 'absent']),
  failure: failure.optional(),
});
export type MissingStatementAnswer = z.output<typeof missingStatementAnswer>;

/** How far the archive is with what it signs about a package, and whether the package may be published as far as that goes. */
export const attestationAnswer = z.object({
  /** `none`: nothing is due yet. */
  state: z.enum(['none', 'pending', 'signed', 'failed']),
  /** Whether the repository's policy wants the statements before anything is published. */
  required: z.boolean(),
  /** Of `failed`: why the last attempt came to nothing. */
  failure: failure.optional(),
  /** True when nothing is missing, or nothing is required. Absent in answers of older servers, as is `missing`. */
  satisfied: z.boolean().optional(),
  /** Told whether required or not. */
  missing: z.array(missingStatementAnswer).optional(),
});
export type AttestationAnswer = z.output<typeof attestationAnswer>;
