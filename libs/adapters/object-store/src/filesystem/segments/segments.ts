import { open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ByteRange, OpenBytes, SmallStaging } from '@muniment/application';
import { assertRange } from '../../bytes/range.js';
import { unlessAbsent } from '../absence.js';
import type { Layout } from '../layout.js';
import { discarded, headerBytes, lengthIn, prefixBytes, recordBytes } from './segment-format.js';
import { keyInSegment, segmentFile, segmentOfFile, type SegmentPlace } from './segment-names.js';
import { discardFile, liveFiles } from './segment-state.js';
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
  async read({ segment, file, offset, length }: SegmentPlace): Promise<Buffer | null> {
    const handle = await unlessAbsent(open(this.pathOf(segment), 'r'));
    if (handle === null) return null;
    try {
      const mark = discarded(file);
      const found = Buffer.alloc(mark.bytes.length);
      if ((await handle.read(found, 0, found.length, mark.at)).bytesRead === found.length && found.equals(mark.bytes)) return null;
      if (length > smallBytes || offset < headerBytes) throw new Error('A segment holds no such file');
      const record = Buffer.alloc(recordBytes(length));
      const { bytesRead } = await handle.read(record, 0, record.length, offset);
      if (bytesRead < record.length) throw new Error('A segment ends before a file that it holds');
      if (lengthIn(record) !== length) throw new Error('A segment holds something else where a file was');
      return record.subarray(prefixBytes);
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

  discard({ segment, file }: SegmentPlace): Promise<void> {
    return discardFile(this.pathOf(segment), file);
  }

  /** Keys of the files in segments that were last changed before `olderThan`. */
  async *listStaged(olderThan: Date): AsyncGenerator<string> {
    for await (const { name } of (await unlessAbsent(opendir(this.layout.staging))) ?? []) {
      const segment = segmentOfFile(name);
      if (segment === null) continue;
      const path = this.pathOf(segment);
      const found = await unlessAbsent(stat(path));
      if (found === null || found.ctimeMs >= olderThan.getTime()) continue;
      for (const place of await liveFiles(path)) yield keyInSegment({ segment, ...place });
    }
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private pathOf(segment: string): string {
    return join(this.layout.staging, segmentFile(segment));
  }
}
