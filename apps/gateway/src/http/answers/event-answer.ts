import type { EventAnswer } from '@muniment/contracts';
import type { SequencedEvent } from '@muniment/application';
import { decodeCbor } from '@muniment/formats';

/** An event, everywhere (design section 6). */
export function eventAnswer(event: SequencedEvent): EventAnswer {
  const { type, time, actor, subject, revision, reason } = event;
  return {
    sequence: Number(event.sequence),
    type,
    time,
    actor,
    subject: { ...subject },
    revision,
    ...(reason === null ? {} : { reason }),
    payload: decodeCbor(event.payload) as Record<string, unknown>,
    payload_digest: `sha256:${event.payloadDigest}`,
  };
}
