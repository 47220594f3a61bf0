import { open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ByteRange, OpenBytes, SmallStaging } from '@muniment/application';
import { assertRange } from '../../bytes/range.js';
import { unlessAbsent } from '../absence.js';
import type { Layout } from '../layout.js';
import { entryRange, headerBytes, readEntry } from './segment-format.js';
import { keyInSegment, segmentFile, segmentOfFile, type SegmentPlace } from './segment-names.js';
import { discardSlot, liveSlots } from './segment-state.js';
import { SegmentWriter } from './segment-writer.js';

/** What is larger gains nothing: its time is in the bytes. */
const smallBytes = 64 * 1024;

/** Small staged files, many to a file. Any number of processes read and discard; each writes segments of its own. */
export class Segments implements SmallStaging {
  readonly maxBytes = smallBytes;
  private readonly writer: SegmentWriter;

  constructor(private readonly layout: Layout) {
    this.writer = new SegmentWriter(layout);
  }

  stageSmall(bytes: Uint8Array): Promise<string> {
    if (bytes.length > smallBytes) return Promise.reject(new Error(`${bytes.length} bytes are no small file`));
    return this.writer.stage(bytes);
  }

  /** The bytes of one file; null when it is absent or discarded. */
  async read({ segment, slot }: SegmentPlace): Promise<Buffer | null> {
    const handle = await unlessAbsent(open(this.pathOf(segment), 'r'));
    if (handle === null) return null;
    try {
      const { at, length } = entryRange(slot);
      const found = Buffer.alloc(length);
      if ((await handle.read(found, 0, length, at)).bytesRead < length) return null;
      const entry = readEntry(found);
      if (entry.state !== 'live') return null;
      if (entry.length > smallBytes || entry.offset < headerBytes) throw new Error('A slot of a segment is damaged');
      const bytes = Buffer.alloc(entry.length);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, entry.offset);
      if (bytesRead < bytes.length) throw new Error('A segment ends before a file that it holds');
      return bytes;
    } finally {
      await handle.close();
    }
  }

  async open(place: SegmentPlace, range: ByteRange | undefined): Promise<OpenBytes | null> {
    const bytes = await this.read(place);
    if (bytes === null) return null;
    if (range !== undefined) assertRange(range, bytes.length);
    const wanted = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
    return { size: bytes.length, stream: Readable.from(wanted.length === 0 ? [] : [wanted], { objectMode: false }) };
  }

  discard({ segment, slot }: SegmentPlace): Promise<void> {
    return discardSlot(this.pathOf(segment), slot);
  }

  /** Keys of the files in segments that were last changed before `olderThan`. */
  async *listStaged(olderThan: Date): AsyncGenerator<string> {
    for await (const { name } of (await unlessAbsent(opendir(this.layout.staging))) ?? []) {
      const segment = segmentOfFile(name);
      if (segment === null) continue;
      const path = this.pathOf(segment);
      const found = await unlessAbsent(stat(path));
      if (found === null || found.ctimeMs >= olderThan.getTime()) continue;
      for (const slot of await liveSlots(path)) yield keyInSegment({ segment, slot });
    }
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private pathOf(segment: string): string {
    return join(this.layout.staging, segmentFile(segment));
  }
}
