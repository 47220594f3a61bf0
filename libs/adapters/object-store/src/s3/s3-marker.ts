import type { StoreMarker } from '@muniment/application';
import { markerText, parseMarker } from '../bytes/marker.js';
import type { Bucket } from './bucket.js';

/**
 * The marker as an object. Conditional writes are no core call that every server knows, so it is looked for, put and read back: of two archives that
 * take one bucket in the same moment the later wins, and the probe of the other says so.
 */
export class S3Marker {
  constructor(
    private readonly bucket: Bucket,
    private readonly name: string,
  ) {}

  async read(): Promise<StoreMarker | null> {
    const found = await this.bucket.get(this.name);
    if (found === null) return null;
    const chunks: Buffer[] = [];
    for await (const chunk of found.stream) chunks.push(chunk as Buffer);
    return parseMarker(Buffer.concat(chunks).toString('utf8'), this.name);
  }

  async write(marker: StoreMarker): Promise<StoreMarker> {
    const before = await this.read();
    if (before !== null) return before;
    await this.bucket.put(this.name, Buffer.from(markerText(marker)));
    const there = await this.read();
    if (there === null) throw new Error(`The object store lost ${this.name}, which it had just acknowledged.`);
    return there;
  }
}
