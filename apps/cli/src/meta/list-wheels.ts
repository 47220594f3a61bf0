import { createReadStream } from 'node:fs';
import { basename } from 'node:path/posix';
import { defaultInspectionLimits } from '@muniment/domain';
import { feedOf, inspectWheelhouse } from '@muniment/formats';
import { temporarySpool } from './temporary-spool.js';

/**
 * Base names of the wheels in a wheelhouse, in the order of the archive. The same inspection that the archive makes: what it would refuse
 * is refused here, before a byte is sent (ING-18, ING-19).
 */
export async function listWheels(path: string): Promise<readonly string[]> {
  const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: 1024 * 1024 });
  const { members } = await inspectWheelhouse(feedOf(chunks), defaultInspectionLimits, temporarySpool);
  return members.filter((m) => m.wheel !== null).map((m) => basename(m.path));
}
