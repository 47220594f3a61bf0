import { parseEvent } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import { decodeCbor, encodeCbor } from '@muniment/formats';
import type { CheckList } from '../report/check.js';

const restsOn = 'the digest of the manifest';

/** The manifest out of its canonical bytes; null when they are not canonical or are no manifest. Records `manifest.canonical`. */
export function openManifest(bytes: Uint8Array, packageId: string, list: CheckList): Manifest | null {
  const record = (ok: boolean, detail: string): boolean => list.holds('manifest.canonical', packageId, ok, detail, restsOn);
  try {
    const value = decodeCbor(bytes);
    const canonical = Buffer.from(encodeCbor(value)).equals(bytes);
    if (!record(canonical, canonical ? `${bytes.length} bytes of canonical CBOR` : 'not canonical CBOR')) return null;
    const event = parseEvent('v1.package.finalized', value);
    if (event?.type === 'v1.package.finalized') return event.payload;
  } catch (error) {
    record(false, error instanceof Error ? error.message : String(error));
    return null;
  }
  record(false, 'not a manifest this version knows');
  return null;
}
