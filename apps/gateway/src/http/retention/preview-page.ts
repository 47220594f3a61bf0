import { z } from 'zod';
import type { DuePackage, DueQuery } from '@muniment/application';
import type { PreviewAnswer } from '@muniment/contracts';
import { Refusal, type Instant } from '@muniment/domain';
import { retentionAnswer } from '../answers/retention-answer.js';
import { givenInstant } from './given-instant.js';
import { holdIdOf } from './hold-id.js';

const query = z.strictObject({
  at: z.iso.datetime({ offset: true }).optional(),
  without_hold: z.string().optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const position = z.tuple([z.iso.datetime(), z.uuid()]);

export interface PreviewRequest {
  readonly at: Instant;
  readonly withoutHold: string | null;
  readonly limit: number;
  readonly after: NonNullable<DueQuery['after']> | null;
}

/** Query of `GET /retention/preview`; without `at` it asks about now. */
export function previewRequest(parameters: unknown, now: Instant): PreviewRequest {
  const { at, without_hold, after, limit } = query.parse(parameters);
  return {
    at: at === undefined ? now : givenInstant(at),
    withoutHold: without_hold === undefined ? null : holdIdOf(without_hold),
    limit,
    after: after === undefined ? null : positionOf(after),
  };
}

function positionOf(after: string): NonNullable<DueQuery['after']> {
  const read = position.safeParse(Buffer.from(after, 'base64url').toString('utf8').split(' '));
  if (!read.success) throw new Refusal('request_malformed', '"after" is not the "next" of a page before.');
  const [expiresAt, packageId] = read.data;
  return { expiresAt: givenInstant(expiresAt), packageId };
}

/** One page, and where the next begins; `found` holds one more than the page when there is a next. */
export function previewPage(found: readonly DuePackage[], { at, withoutHold, limit }: PreviewRequest): PreviewAnswer {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const more = found.length > limit && last?.retention.expiresAt != null;
  return {
    at,
    without_hold: withoutHold,
    packages: page.map(({ packageId, repository, name, retention }) => ({
      package_id: packageId,
      repository,
      name,
      retention: retentionAnswer(retention, at),
    })),
    next: more ? Buffer.from(`${last.retention.expiresAt} ${last.packageId}`).toString('base64url') : null,
  };
}
