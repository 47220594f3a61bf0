import type { Bucket } from './bucket.js';

/**
 * What the parts of an open multipart upload cannot say: which upload it is, the bytes too few for a part, and a truncation that has begun.
 * Replaced as a whole by one PUT, so a kill leaves the old or the new one.
 */
export interface SideObject {
  readonly uploadId: string;
  /** Where the tail begins. It counts only while this equals the bytes in parts: once a part has swallowed the tail, it is stale. */
  readonly tailStart: number;
  readonly tail: Buffer;
  /** Offset of a truncation that must be carried through before anything else; null otherwise. */
  readonly cutTo: number | null;
}

/** Null when absent. */
export async function readSide(bucket: Bucket, name: string): Promise<SideObject | null> {
  const found = await bucket.get(name);
  if (found === null) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of found.stream) chunks.push(chunk as Buffer);
  const { upload, start, cut } = found.object.metadata;
  if (upload === undefined || start === undefined) throw new Error('The side object of an upload lacks its metadata.');
  return {
    uploadId: decodeURIComponent(upload),
    tailStart: Number(start),
    tail: Buffer.concat(chunks),
    cutTo: cut === undefined ? null : Number(cut),
  };
}

export async function writeSide(bucket: Bucket, name: string, side: SideObject): Promise<void> {
  await bucket.put(name, side.tail, {
    upload: encodeURIComponent(side.uploadId),
    start: String(side.tailStart),
    ...(side.cutTo === null ? {} : { cut: String(side.cutTo) }),
  });
}
