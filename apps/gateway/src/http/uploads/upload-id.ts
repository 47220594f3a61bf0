import { z } from 'zod';
import { Refusal } from '@muniment/domain';

const uuid = z.uuid();

/** An upload id from an address; what is no UUID cannot name a session (`upload_not_found`). */
export function uploadIdOf(text: string): string {
  if (uuid.safeParse(text).success) return text.toLowerCase();
  throw new Refusal('upload_not_found', 'There is no such upload session.');
}
