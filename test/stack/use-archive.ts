import { afterAll, beforeAll } from '@jest/globals';
import { startArchive, type ArchiveUnderTest } from './archive.js';
import { Caller } from './caller.js';

/** An archive for all tests of a spec, and its administrator as a caller. `ready` hands both over. */
export function useArchive(
  ready: (archive: ArchiveUnderTest, api: Caller) => void,
  options: Parameters<typeof startArchive>[0] = {},
): void {
  let archive: ArchiveUnderTest | undefined;
  beforeAll(async () => {
    archive = await startArchive(options);
    ready(archive, new Caller(archive.url, archive.token));
  }, 120_000);
  afterAll(() => archive?.stop(), 60_000);
}
