import { z } from 'zod';
import { parseLogWitnessKey, type LogWitnessKey } from '@muniment/formats';

/** A log witness as the operator names it. */
export interface WitnessAddress {
  readonly key: LogWitnessKey;
  /** Submission prefix, without a slash at its end. */
  readonly url: string;
}

/** How the signer keeps the tree of the log. */
export const logConfig = {
  MUNIMENT_LOG_CHECKPOINT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File in which the signer remembers the last checkpoint it signed, out of reach of the database; without it a database that was rolled back is signed anew',
    ),
  MUNIMENT_LOG_WITNESSES: z
    .string()
    .default('')
    .transform((text, context): readonly WitnessAddress[] => witnessesIn(text, (message) => context.addIssue({ code: 'custom', message })))
    .describe('Log witnesses (C2SP tlog-witness) that cosign checkpoints: verifier key, space, URL; several separated by commas'),
  MUNIMENT_LOG_WITNESS_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('How often log witnesses are shown the latest checkpoint'),
};

type Parsed = { readonly [Key in keyof typeof logConfig]: z.output<(typeof logConfig)[Key]> };
export type LogConfig = Omit<Parsed, 'MUNIMENT_LOG_CHECKPOINT_FILE'> & { readonly MUNIMENT_LOG_CHECKPOINT_FILE?: string | undefined };

function witnessesIn(text: string, wrong: (message: string) => void): readonly WitnessAddress[] {
  const named = text.split(/[,\n]/).map((each) => each.trim());
  return named
    .filter((each) => each !== '')
    .flatMap((each) => {
      const [key = '', url = '', ...rest] = each.split(/\s+/);
      try {
        if (rest.length > 0 || !['http:', 'https:'].includes(new URL(url).protocol)) throw new Error('not "<verifier key> <url>"');
        return [{ key: parseLogWitnessKey(key), url: url.replace(/\/+$/, '') }];
      } catch (error) {
        wrong(`log witness: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    });
}
