import { buffer } from 'node:stream/consumers';
import type { InspectionPlan, StoredBytes } from '@muniment/application';
import { Refusal, type Examination, type Inspection, type InspectionLimits } from '@muniment/domain';
import {
  feedOf,
  identify,
  inspectMeta,
  inspectTar,
  inspectWheelhouse,
  inspectZip,
  sourceOf,
  type ByteFeed,
  type Spool,
} from '@muniment/formats';

/** The second witness without worker threads or disk: same formats, whole file in memory. */
export async function examineInMemory(
  bytes: StoredBytes,
  plan: InspectionPlan,
  fileName: string,
  limits: InspectionLimits,
): Promise<Examination> {
  if ('localPath' in bytes) throw new Error('the memory store has no local files');
  const whole = await buffer(bytes.stream);
  const stored = identify(whole);
  try {
    return { stored, outcome: { inspection: await inspect(whole, plan, fileName, limits) } };
  } catch (error) {
    if (error instanceof Refusal) return { stored, outcome: { refusal: error } };
    throw error;
  }
}

async function inspect(whole: Buffer, plan: InspectionPlan, fileName: string, limits: InspectionLimits): Promise<Inspection> {
  const feed = (): ByteFeed => feedOf([whole]);
  switch (plan) {
    case 'wheelhouse':
      return inspectWheelhouse(feed(), limits, memorySpool);
    case 'archive-tar':
      return inspectTar(feed(), fileName, limits);
    case 'meta':
      return inspectMeta(feed(), limits);
    case 'archive-zip':
    case 'wheel':
      return inspectZip(sourceOf(whole), plan, fileName, limits);
    case 'opaque':
      return { format: 'opaque', member_count: 0, members: [], wheel: null };
  }
}

function memorySpool(): Spool {
  const chunks: Uint8Array[] = [];
  return {
    write: (chunk) => void chunks.push(Uint8Array.from(chunk)),
    source: () => sourceOf(Buffer.concat(chunks)),
    discard: () => void chunks.splice(0),
  };
}
