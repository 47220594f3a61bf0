import { eventsHttp, packagesHttp, type EventAnswer } from '@muniment/contracts';
import { z } from 'zod';

/** What `muniment push --json` answers, as far as the demo looks at it. */
export const pushReceipt = z.object({
  package_id: z.string(),
  state: z.literal('finalized'),
  manifest_digest: z.string(),
  sequence: z.int(),
  files: z.array(
    z.object({
      path: z.string(),
      size: z.int(),
      sha256: z.string(),
      blake3: z.string(),
      members: packagesHttp.fileAnswer.shape.members.unwrap(),
    }),
  ),
});
export type PushReceipt = z.output<typeof pushReceipt>;

export const verifyReport = z.object({ verified: z.literal(true), checks: z.array(z.object({ check: z.string() })).min(1) });

export const events = z.array(eventsHttp.eventAnswer);

/** The one object of `npm run demo -- --json`. */
export interface DemoResult {
  readonly package_id: string;
  readonly manifest_digest: string;
  readonly sequence: number;
  readonly files: PushReceipt['files'];
  readonly events: readonly EventAnswer[];
  readonly verified: true;
  readonly wheels_from: 'index' | 'built' | 'given';
  /** Programs that computed the digests again. */
  readonly witnesses: readonly string[];
  /** What was compared, in words. */
  readonly checks: readonly string[];
}
