import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenSpool } from '@muniment/formats';

/** One archive member at a time on disk: wheels may be larger than memory. The file is unlinked at once, so even kill -9 leaves nothing. */
export const temporarySpool: OpenSpool = () => {
  const directory = mkdtempSync(join(tmpdir(), 'muniment-'));
  const file = openSync(join(directory, 'member'), 'wx+', 0o600);
  rmSync(directory, { recursive: true });
  let size = 0;
  let open = true;
  return {
    write(chunk) {
      for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written, chunk.length - written, size + written);
      size += chunk.length;
    },
    source: () => ({
      size,
      read(offset, length) {
        const bytes = new Uint8Array(length);
        for (let got = 0; got < length; ) {
          const count = readSync(file, bytes, got, length - got, offset + got);
          if (count === 0) throw new Error(`a spooled archive member ended at byte ${offset + got}`);
          got += count;
        }
        return bytes;
      },
    }),
    discard() {
      if (open) closeSync(file);
      open = false;
    },
  };
};
