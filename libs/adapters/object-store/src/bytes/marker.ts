import type { StoreMarker } from '@muniment/application';
import type { Instant } from '@muniment/domain';
import { z } from 'zod';

/** Name of the marker in the root of a store. */
export const markerName = 'muniment-store.json';

const version = 1;
const shape = z.object({ version: z.literal(version), store_id: z.uuid(), created_at: z.iso.datetime() });

export function markerText({ storeId, createdAt }: StoreMarker): string {
  return `${JSON.stringify({ version, store_id: storeId, created_at: createdAt })}\n`;
}

/** Throws for anything else than a marker of this version: whose store it is must not be guessed. */
export function parseMarker(text: string, location: string): StoreMarker {
  const parsed = shape.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error(`${location} is no marker of an object store that this version understands.`);
  return { storeId: parsed.data.store_id, createdAt: parsed.data.created_at as Instant };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
