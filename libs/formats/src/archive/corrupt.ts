import { Refusal } from '@muniment/domain';

/** The refusal of bytes that no careful reader could unpack. */
export function corrupt(why: string): Refusal {
  return new Refusal('archive_corrupt', `The archive is damaged: ${why}. Build and upload it again.`);
}
